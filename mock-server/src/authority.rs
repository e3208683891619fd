//! A certificate authority that lives as long as the program: for platforms over TLS, and for hosts
//! that are stood in for. Whoever is to believe it is given its certificate, and nothing else of
//! it ever leaves the process.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// A throw-away certificate authority. Clones are the same one.
#[derive(Clone)]
pub struct Authority {
    issuer: Arc<CertifiedIssuer<'static, KeyPair>>,
}

/// A certificate could not be made: the machine's source of randomness failed, or a name is none
/// that a certificate can hold.
#[derive(Debug, thiserror::Error)]
#[error("cannot make a certificate for {name}: {problem}")]
pub struct NoCertificate {
    /// Whose certificate it would have been.
    pub name: String,
    /// What the library says.
    pub problem: String,
}

impl Authority {
    /// A new authority, which nobody believes yet.
    ///
    /// # Errors
    ///
    /// If the machine's source of randomness fails.
    pub fn new() -> Result<Self, NoCertificate> {
        let no = |error: rcgen::Error| NoCertificate {
            name: "the authority".into(),
            problem: error.to_string(),
        };
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = named("throw-away authority of a mock platform");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(no)?;
        let issuer = CertifiedIssuer::self_signed(parameters, key).map_err(no)?;
        Ok(Self { issuer: Arc::new(issuer) })
    }

    /// The authority's certificate as a PEM text, for a file that `SSL_CERT_FILE` names.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// What accepts TLS connections in the name of these hosts, which are DNS names or addresses.
    pub(crate) fn acceptor(&self, names: &[String]) -> Result<TlsAcceptor, NoCertificate> {
        let config = self.server(names).map_err(|problem| NoCertificate {
            name: names.join(", "),
            problem: problem.to_string(),
        })?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    fn server(
        &self,
        names: &[String],
    ) -> Result<ServerConfig, Box<dyn std::error::Error + Send + Sync>> {
        let mut parameters = CertificateParams::new(names)?;
        let common = names.first().map_or("a mock platform", String::as_str);
        parameters.distinguished_name = named(common);
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // Some clients ask for it, as RFC 5280 section 4.2.1.1 does.
        parameters.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(config)
    }
}

fn named(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

/// The names of this machine to itself, and the address that is listened on.
pub(crate) fn names_of(address: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let address = address.to_string();
    if !names.contains(&address) {
        names.push(address);
    }
    names
}

impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Authority")
    }
}
