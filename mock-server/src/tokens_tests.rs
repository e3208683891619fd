use super::*;
use crate::profile::Rotation;

fn grant() -> Grant {
    Grant { client: "cli".into(), account: AccountId(0), scope: "a b".into() }
}

fn tokens(more: &str) -> (Tokens, u64, Secret) {
    let policy = toml::from_str(&format!("format = 'r_{{32}}'\n{more}")).expect("a policy");
    let mut tokens = Tokens::new(Some(policy));
    let family = tokens.begin(grant());
    let refresh = tokens.mint_refresh(family, 0, false).expect("one");
    (tokens, family, refresh)
}

fn access(tokens: &mut Tokens, family: u64) -> Hash {
    let secret = Secret::new(crate::secret::random_alphanumeric(20));
    tokens.add_access(family, hash(secret.expose()), &"a".into(), (0, 1000));
    hash(secret.expose())
}

#[test]
fn an_access_token_is_good_for_its_time() {
    let (mut tokens, family, _) = tokens("");
    let access = access(&mut tokens, family);

    let good = tokens.use_access(&access, 999).expect("known");
    assert_eq!(good.map(|grant| grant.scope), Ok("a".into()));
    assert_eq!(tokens.use_access(&access, 1000), Some(Err(Reason::Expired)));
    assert_eq!(tokens.use_access(&[0; 32], 0), None);
}

#[test]
fn reuse_of_a_rotated_token_ends_the_family() {
    let (mut tokens, family, first) = tokens("");
    let access = access(&mut tokens, family);
    let refreshed = tokens.refresh(first.expose(), "cli", 1).expect("good");
    assert!(refreshed.rotates);
    let second = tokens.mint_refresh(family, 1, false).expect("one");

    assert!(tokens.refresh(first.expose(), "cli", 1).is_err());

    assert!(tokens.refresh(second.expose(), "cli", 1).is_err());
    assert_eq!(tokens.use_access(&access, 1), Some(Err(Reason::Revoked)));
}

#[test]
fn within_the_grace_reuse_is_forgiven() {
    let (mut tokens, _, first) = tokens("grace_seconds = 10");

    assert!(tokens.refresh(first.expose(), "cli", 0).is_ok());
    assert!(tokens.refresh(first.expose(), "cli", 9_999).is_ok());
    assert!(tokens.refresh(first.expose(), "cli", 10_000).is_err());
}

#[test]
fn a_used_token_is_told_to_be_good_as_long_as_it_is_taken() {
    let (mut tokens, _, first) = tokens("grace_seconds = 10");
    assert!(tokens.refresh(first.expose(), "cli", 0).is_ok());

    assert!(tokens.living(first.expose(), 9_999).is_some());
    assert!(tokens.living(first.expose(), 10_000).is_none());

    let rotation = Some(Rotation::None);
    tokens.play(RefreshOptions { rotation, ..RefreshOptions::default() });
    assert!(tokens.living(first.expose(), 10_000).is_some());
    assert!(tokens.refresh(first.expose(), "cli", 10_000).is_ok());
}

#[test]
fn without_rotation_the_token_stays() {
    let (mut tokens, _, first) = tokens("rotation = 'none'\nlifetime_seconds = 9");

    for _ in 0..3 {
        let refreshed = tokens.refresh(first.expose(), "cli", 8_999).expect("good");
        assert!(!refreshed.rotates);
    }
    let late = tokens.refresh(first.expose(), "cli", 9_000);
    assert_eq!(late, Err("the refresh token has expired"));
}

#[test]
fn another_client_can_neither_use_nor_end_it() {
    let (mut tokens, _, first) = tokens("");

    assert!(tokens.refresh(first.expose(), "other", 0).is_err());
    assert!(tokens.refresh(first.expose(), "cli", 0).is_ok());
}

#[test]
fn revoking_the_refresh_token_takes_the_access_token_along_but_not_back() {
    let (mut tokens, family, refresh) = tokens("");
    let one = access(&mut tokens, family);

    tokens.revoke(refresh.expose());
    tokens.revoke("unknown");

    assert_eq!(tokens.use_access(&one, 0), Some(Err(Reason::Revoked)));
    assert!(tokens.living(refresh.expose(), 0).is_none());
    assert_eq!(tokens.living_families(), 0);
}

#[test]
fn families_do_not_pile_up() {
    let (mut tokens, _, first) = tokens("");
    for _ in 0..FAMILIES_KEPT {
        let family = tokens.begin(grant());
        tokens.mint_refresh(family, 0, false);
    }

    assert_eq!(tokens.families.len(), FAMILIES_KEPT);
    assert_eq!(tokens.refresh.len(), FAMILIES_KEPT);
    assert!(tokens.refresh(first.expose(), "cli", 0).is_err());
}

#[test]
fn many_access_tokens_do_not_push_the_refresh_token_out() {
    let (mut tokens, family, refresh) = tokens("rotation = 'none'");
    for _ in 0..=TOKENS_KEPT {
        access(&mut tokens, family);
    }

    assert_eq!(tokens.access.len(), TOKENS_KEPT);
    assert!(tokens.refresh(refresh.expose(), "cli", 0).is_ok());
}

#[test]
fn a_token_that_was_signed_for_a_forgotten_family_joins_none() {
    let (old, family, _) = tokens("");
    let mut after = Tokens::new(None);
    after.watch(true);
    after.number_after(&old);
    let next = after.begin(grant());
    let late = access(&mut after, family);

    assert_ne!(next, family);
    assert_eq!(after.use_access(&late, 0), None);
    let (mut rows, mut restored) = (Vec::new(), Tokens::new(None));
    after.changed(&mut rows);
    assert_eq!(rows.len(), 1, "the new family alone is written");
    assert_eq!(restored.restore(&rows), Some(()));
}

#[test]
fn a_token_of_a_family_that_was_pushed_out_joins_none() {
    let (mut tokens, family, _) = tokens("");
    for _ in 0..FAMILIES_KEPT {
        tokens.begin(grant());
    }

    access(&mut tokens, family);

    assert!(tokens.access.is_empty());
}
