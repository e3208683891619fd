//! What the store promises, held against files.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use proptest::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use super::{Fields, Store, StoreError};
use crate::behaviour::Storage;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("exists").permissions().mode() & 0o7777
}

fn fields(value: &Value) -> Fields {
    value.as_object().expect("an object").clone()
}

#[test]
fn what_is_written_is_the_owners_alone_and_nothing_is_left_beside_it() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("a/b/file.yaml");
    let storage = Storage::default();
    Store::new(path.clone(), &storage).write(&fields(&json!({"k": "v"}))).expect("written");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&home.path().join("a")), 0o700);
    assert_eq!(mode(&home.path().join("a/b")), 0o700);
    assert_eq!(fs::read_dir(home.path().join("a/b")).expect("readable").count(), 1);
}

#[test]
fn a_loose_file_is_tightened_and_shrinks_without_a_trace() {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("file.yaml");
    fs::write(&path, format!("old: {}\n", "x".repeat(4096))).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("loosened");
    let storage = Storage::default();
    Store::new(path.clone(), &storage).write(&fields(&json!({"k": "v"}))).expect("written");
    assert_eq!(mode(&path), 0o600);
    assert!(!fs::read_to_string(&path).expect("readable").contains('x'));
}

#[rstest]
#[case::there(true)]
#[case::dangling(false)]
fn a_link_stays_a_link(#[case] target_exists: bool) {
    let home = tempfile::tempdir().expect("a directory");
    let (link, target) = (home.path().join("link.yaml"), home.path().join("target.yaml"));
    if target_exists {
        fs::write(&target, "kept: 1\n").expect("written");
    }
    symlink("target.yaml", &link).expect("linked");
    let storage = Storage::default();
    let store = Store::new(link.clone(), &storage);
    store.write(&fields(&json!({"k": "v"}))).expect("written");
    assert!(link.symlink_metadata().expect("exists").is_symlink());
    assert!(fs::read_to_string(&target).expect("readable").contains("k: v"));
    store.remove().expect("removed");
    assert!(!target.exists());
}

#[rstest]
#[case::brace(b"{".as_slice())]
#[case::scalar(b"just text".as_slice())]
#[case::sequence(b"- a\n- b\n".as_slice())]
#[case::nulls(b"\0\0\0\0".as_slice())]
#[case::latin_1(b"k: \xe9".as_slice())]
#[case::cut_off(b"api_key: \"anim_sesame".as_slice())]
fn what_does_not_parse_is_corrupt_and_unquoted(#[case] bytes: &[u8]) {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("file.yaml");
    fs::write(&path, bytes).expect("written");
    let storage = Storage::default();
    let error = Store::new(path.clone(), &storage).read().expect_err("corrupt");
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("sesame"));
    assert_eq!(fs::read(&path).expect("readable"), bytes);
}

#[rstest]
#[case::missing(None)]
#[case::empty(Some(""))]
#[case::comment(Some("# nothing\n"))]
#[case::braces(Some("{}\n"))]
fn no_fields(#[case] text: Option<&str>) {
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("file.yaml");
    if let Some(text) = text {
        fs::write(&path, text).expect("written");
    }
    let storage = Storage::default();
    assert!(Store::new(path, &storage).read().expect("readable").is_empty());
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        "[ -~\n\t]{0,40}".prop_map(Value::from),
        prop_oneof!["yes", "no", "null", "~", "0x1f", "1e3", "2024-01-01", "- a", "a: b", "#", "'"]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[ -~]{0,12}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn fields_of_others_are_kept(
        others in proptest::collection::btree_map("[a-zA-Z0-9_ :.-]{0,12}", any_value(), 0..6),
    ) {
        let home = tempfile::tempdir().expect("a directory");
        let storage = Storage::default();
        let store = Store::new(home.path().join("file.yaml"), &storage);
        let others: Fields = others.into_iter().filter(|(name, _)| name != "api_key").collect();
        store.write(&others).expect("written");
        let mut read = store.read().expect("read");
        prop_assert_eq!(&read, &others);
        read.insert("api_key".to_owned(), json!("anim_1"));
        store.write(&read).expect("written");
        let mut again = store.read().expect("read");
        prop_assert_eq!(again.remove("api_key"), Some(json!("anim_1")));
        prop_assert_eq!(again, others);
    }
}
