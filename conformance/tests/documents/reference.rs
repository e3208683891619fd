//! The reference of profiles, made of the types that read them: every key, with its own words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use syn::{Attribute, Expr, Fields, GenericArgument, Item, Lit, Meta, PathArguments, Type};

/// A type that something of a profile is read into.
struct Known {
    says: String,
    shape: Shape,
}

enum Shape {
    /// A table, with its keys.
    Table(Vec<Member>),
    /// Something of this kind, in words.
    Plain(String),
}

struct Member {
    name: String,
    says: String,
    of: Type,
    has_default: bool,
}

/// The types by name, in each of the places that they stand in: what is not in the first is looked
/// for in the others, since a profile's halves have names in common.
type Types = Vec<BTreeMap<String, Known>>;

/// The page, of every table that `Service` leads to.
pub(crate) fn page(places: &[&[&Path]]) -> String {
    let mut types = Types::new();
    for sources in places {
        let mut here = BTreeMap::new();
        sources.iter().for_each(|source| read(source, &mut here));
        types.push(here);
    }
    let mut page = String::from(
        "# The profile, key by key\n\nMade of the types that read it; a test holds that it is current. \
         A key that is not here is refused at its\nline. `authspec profile init NAME` writes a profile to \
         start from, `authspec profile check FILE` reads one.\n",
    );
    tell("Service", "", 0, &types, &mut BTreeSet::new(), &mut page);
    page
}

/// The type called `name`, seen from `place`, and where it stands.
fn find<'a>(name: &str, place: usize, types: &'a Types) -> Option<(usize, &'a Known)> {
    let order = std::iter::once(place).chain(0..types.len());
    order.into_iter().find_map(|place| Some((place, types[place].get(name)?)))
}

fn tell(
    name: &str,
    path: &str,
    place: usize,
    types: &Types,
    told: &mut BTreeSet<(usize, String)>,
    page: &mut String,
) {
    let Some((place, known)) = find(name, place, types) else { return };
    let Shape::Table(members) = &known.shape else { return };
    if !told.insert((place, name.to_owned())) {
        return;
    }
    let title = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
    let _ = writeln!(page, "\n## {title}\n\n{}\n", known.says);
    let _ = writeln!(page, "| key | | is | says |\n|:--|:--|:--|:--|");
    for member in members {
        let (kind, may_lack) = kind(&member.of, place, types);
        let needed = if may_lack || member.has_default { "" } else { "needed" };
        let says = member.says.replace('|', "\\|");
        let _ = writeln!(page, "| `{}` | {needed} | {kind} | {says} |", member.name);
    }
    for member in members {
        let mut leads_to = Vec::new();
        names(&member.of, &mut leads_to);
        let dot = if path.is_empty() { "" } else { "." };
        let below = format!("{path}{dot}{}", member.name);
        for next in &leads_to {
            tell(next, &below, place, types, told, page);
        }
    }
}

fn read(path: &Path, types: &mut BTreeMap<String, Known>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a directory");
        let mut entries: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        entries.sort();
        for entry in &entries {
            read(entry, types);
        }
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let file = syn::parse_file(&fs::read_to_string(path).expect("text")).expect("Rust");
        types.extend(file.items.iter().filter_map(known));
    }
}

fn known(item: &Item) -> Option<(String, Known)> {
    let (attributes, ident) = match item {
        Item::Struct(item) => (&item.attrs, &item.ident),
        Item::Enum(item) => (&item.attrs, &item.ident),
        _ => return None,
    };
    if !derives_deserialize(attributes) {
        return None;
    }
    let case = serde(attributes, "rename_all");
    let through = serde(attributes, "try_from").or_else(|| serde(attributes, "from"));
    let shape = match item {
        _ if through.as_deref() == Some("String") => Shape::Plain("text".to_owned()),
        Item::Struct(item) => match &item.fields {
            Fields::Named(fields) => {
                let members =
                    fields.named.iter().filter_map(|field| member(field, case.as_deref()));
                Shape::Table(members.collect())
            }
            _ => Shape::Plain("text".to_owned()),
        },
        Item::Enum(item) => {
            let variants = item.variants.iter().map(|variant| {
                let name = serde(&variant.attrs, "rename");
                format!(
                    "`{}`",
                    name.unwrap_or_else(|| cased(&variant.ident.to_string(), case.as_deref()))
                )
            });
            Shape::Plain(format!("one of {}", variants.collect::<Vec<_>>().join(", ")))
        }
        _ => return None,
    };
    Some((ident.to_string(), Known { says: words(attributes), shape }))
}

/// `SomeName` as serde writes it.
fn cased(name: &str, case: Option<&str>) -> String {
    let between = match case {
        Some("kebab-case") => "-",
        Some("snake_case") => "_",
        Some("lowercase") => "",
        _ => return name.to_owned(),
    };
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push_str(between);
        }
        out.extend(c.to_lowercase());
    }
    out
}

fn member(field: &syn::Field, case: Option<&str>) -> Option<Member> {
    if serde(&field.attrs, "skip").is_some() {
        return None;
    }
    let ident = field.ident.as_ref()?.to_string();
    let ident = if case == Some("kebab-case") { ident.replace('_', "-") } else { ident };
    Some(Member {
        name: serde(&field.attrs, "rename").unwrap_or(ident),
        says: words(&field.attrs),
        has_default: serde(&field.attrs, "default").is_some(),
        of: field.ty.clone(),
    })
}

/// What a value of this type is, in TOML's words, and whether it may be left out.
fn kind(of: &Type, place: usize, types: &Types) -> (String, bool) {
    let Type::Path(path) = of else { return ("a list".to_owned(), false) };
    let Some(last) = path.path.segments.last() else { return (String::new(), false) };
    let name = last.ident.to_string();
    let inner = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => {
            let inner = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(inner) => Some(inner),
                _ => None,
            });
            inner.last().map(|inner| kind(inner, place, types).0)
        }
        _ => None,
    };
    let inner = inner.unwrap_or_default();
    let words = match name.as_str() {
        "Option" => return (inner, true),
        "Box" | "Spanned" | "Arc" => inner,
        "Vec" | "BTreeSet" => format!("a list, each {inner}"),
        "BTreeMap" | "Map" => format!("a table, each {inner}"),
        "String" => "text".to_owned(),
        "bool" => "true or false".to_owned(),
        "u8" | "u16" | "u32" | "u64" | "i64" | "usize" | "NonZeroU32" => "a number".to_owned(),
        "Date" => "text, a date".to_owned(),
        "Value" => "any value".to_owned(),
        _ => match find(&name, place, types) {
            Some((_, Known { shape: Shape::Plain(words), .. })) => words.clone(),
            Some(_) => "a table".to_owned(),
            None => "text".to_owned(),
        },
    };
    (words, false)
}

/// The names of the types in `of`.
fn names(of: &Type, found: &mut Vec<String>) {
    let Type::Path(path) = of else { return };
    for segment in &path.path.segments {
        found.push(segment.ident.to_string());
        if let PathArguments::AngleBracketed(arguments) = &segment.arguments {
            for argument in &arguments.args {
                if let GenericArgument::Type(inner) = argument {
                    names(inner, found);
                }
            }
        }
    }
}

/// The documentation, as one paragraph.
fn words(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value().trim().to_owned()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    // A link within the code leads nowhere from a page.
    let text = lines.collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("[`") {
        out.push_str(before);
        let Some((name, after)) = after.split_once("`]") else { break };
        let _ = write!(out, "`{name}`");
        rest = match after.strip_prefix('(') {
            Some(link) => link.split_once(')').map_or("", |(_, after)| after),
            None => after,
        };
    }
    out.push_str(rest);
    out
}

fn derives_deserialize(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        attribute.path().is_ident("derive") && list.tokens.to_string().contains("Deserialize")
    })
}

/// The value of a member of `#[serde(…)]`; empty when it has none.
fn serde(attributes: &[Attribute], member: &str) -> Option<String> {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let _ = attribute.parse_nested_meta(|meta| {
            let value = meta.value().ok().and_then(|value| value.parse::<Lit>().ok());
            if meta.path.is_ident(member) {
                found = Some(match value {
                    Some(Lit::Str(text)) => text.value(),
                    _ => String::new(),
                });
            }
            Ok(())
        });
    }
    found
}
