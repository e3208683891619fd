//! The schema of profiles accepts what the program accepts, and refuses what it refuses.

#[path = "invocation/mod.rs"]
mod invocation;

use std::fs;
use std::path::{Path, PathBuf};

use authspec::profile::Service;
use invocation::authspec;
use jsonschema::Validator;
use rstest::rstest;
use serde_json::Value;

/// The schema, as the program prints it.
fn validator() -> Validator {
    let printed = authspec(&["profile", "schema"]).output().expect("run").stdout;
    let schema: Value = serde_json::from_slice(&printed).expect("JSON");
    jsonschema::draft7::meta::validate(&schema).expect("a schema of draft 7");
    jsonschema::draft7::new(&schema).expect("a schema")
}

/// The built-in profiles and those of real servers.
fn profiles() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../profiles");
    let files = [folder.clone(), folder.join("field")].into_iter().flat_map(|folder| {
        fs::read_dir(folder).expect("there").map(|entry| entry.expect("an entry").path())
    });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

fn value(text: &str) -> Value {
    toml::from_str(text).expect("TOML")
}

#[test]
fn every_profile_of_ours_keeps_to_it() {
    let validator = validator();
    let profiles = profiles();
    assert!(profiles.len() > 5, "{profiles:?}");
    for path in profiles {
        let instance = value(&fs::read_to_string(&path).expect("text"));
        let errors: Vec<String> = validator
            .iter_errors(&instance)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

#[rstest]
#[case::an_unknown_key("[cli.store]\n", "[cli.store]\ncolour = \"red\"\n")]
#[case::an_unknown_command("[cli.commands]\n", "[cli.commands]\nsing-in = [\"x\"]\n")]
#[case::an_unknown_check("\"storage-mode\"", "\"storage-mood\"")]
#[case::a_key_that_is_missing("name = \"standard\"\n", "")]
#[case::a_value_of_another_kind("title = \"Standard\"", "title = 1")]
#[case::a_format_that_does_not_exist("format = \"json\"", "format = \"xml\"")]
#[case::a_route_without_a_method("token = \"POST ", "token = \"")]
fn it_refuses_what_the_program_refuses(#[case] there: &str, #[case] instead: &str) {
    let model = include_str!("../../profiles/standard.toml");
    assert!(model.contains(there), "the profile has no {there:?}");
    let text = model.replacen(there, instead, 1);
    assert!(Service::parse("mine.toml", &text).is_err(), "the program takes it");
    assert!(!validator().is_valid(&value(&text)), "the schema takes it");
}
