use super::*;

fn document(more: &str) -> Value {
    let small =
        "account = { email = 'a', credit = 1 }\nkeys = { format = 'k_{24}', prefix = 'k_' }\n";
    let profile: PlatformProfile = toml::from_str(&format!("{small}{more}")).expect("a profile");
    openapi(&profile)
}

#[test]
fn a_reply_has_the_types_of_its_values() {
    let document = document(
        "[identity]\non = 'GET /me'\nreply = { status = 200, body = { e = '{account.email}', c = '{account.credit}', p = '{key.prefix}', at = '{key.last_used_at_ms}' } }",
    );

    let replies = &document["paths"]["/me"]["get"]["responses"];
    let good = &replies["200"]["content"]["application/json"]["schema"]["anyOf"][0];
    assert_eq!(good["properties"]["c"]["type"], json!("number"));
    assert_eq!(good["properties"]["at"]["type"], json!("integer"));
    assert_eq!(good["required"], json!(["c", "e", "p"]));
    for status in ["400", "401", "403"] {
        assert!(replies[status].is_object(), "{status}");
    }
}

#[test]
fn names_in_a_path_are_parameters() {
    let document = document(
        "[key_revoke]\non = 'DELETE /keys/{id}'\nreply = { status = 204 }\nunknown = { status = 404 }\nforeign = { status = 404 }",
    );

    let revoke = &document["paths"]["/keys/{id}"]["delete"];
    assert_eq!(revoke["parameters"][0]["name"], json!("id"));
    assert_eq!(revoke["responses"]["204"].get("content"), None);
}

#[test]
fn what_is_not_served_is_not_described() {
    assert_eq!(document("")["paths"], json!({}));
}
