//! Operations of an OpenAPI document, put together reply by reply.

use serde_json::{Map, Value, json};

use super::object;
use super::schema::Shapes;
use crate::operation::Operation;
use crate::profile::{ReplyShape, Route};

/// One operation, while it is described.
pub(super) struct Described {
    id: String,
    parameters: Vec<Value>,
    request: Option<Value>,
    bearer: bool,
    replies: Vec<(u16, Content)>,
}

/// A content type and its schema, or nothing.
type Content = Option<(String, Value)>;

/// All operations, by path and method.
pub(super) struct Operations<'a> {
    shapes: &'a Shapes<'a>,
    paths: Map<String, Value>,
}

impl Described {
    pub(super) fn new(operation: Operation) -> Self {
        Self {
            id: operation.name().to_owned(),
            parameters: Vec::new(),
            request: None,
            bearer: false,
            replies: Vec::new(),
        }
    }

    /// One of several operations of the name.
    pub(super) fn numbered(mut self, index: usize) -> Self {
        self.id = format!("{}-{}", self.id, index + 1);
        self
    }

    /// It needs a credential.
    pub(super) fn bearer(mut self, shapes: &Shapes<'_>) -> Self {
        self.bearer = true;
        let profile = shapes.profile();
        self.reply(shapes, &profile.unauthenticated).reply(shapes, &profile.forbidden)
    }

    pub(super) fn query(mut self, name: &str, required: bool, schema: Value) -> Self {
        let parameter = json!({ "name": name, "in": "query", "required": required });
        self.parameters.push(with(parameter, "schema", schema));
        self
    }

    /// A JSON object in which these members have the schema.
    pub(super) fn json_request(self, members: &[&str], schema: Value) -> Self {
        let schema = if members.is_empty() { schema } else { object(members, &[], &schema) };
        self.request("application/json", &schema)
    }

    pub(super) fn form_request(self, required: &[&str], optional: &[&str]) -> Self {
        let schema = object(required, optional, &json!({ "type": "string" }));
        self.request("application/x-www-form-urlencoded", &schema)
    }

    pub(super) fn request(mut self, content_type: &str, schema: &Value) -> Self {
        let content = json!({ content_type: { "schema": schema } });
        self.request = Some(json!({ "required": true, "content": content }));
        self
    }

    pub(super) fn reply(mut self, shapes: &Shapes<'_>, shape: &ReplyShape) -> Self {
        self.replies.push((shape.status, shapes.content(shape, None)));
        self
    }

    /// A reply in which `{keys}` is a list of such.
    pub(super) fn reply_with_keys(
        mut self,
        shapes: &Shapes<'_>,
        shape: &ReplyShape,
        each: &Value,
    ) -> Self {
        let content = shapes.content(shape, Some(each));
        self.replies.push((shape.status, content));
        self
    }

    /// A JSON reply that no profile shapes.
    pub(super) fn json_reply(mut self, status: u16, schema: Value) -> Self {
        let content = Some(("application/json".to_owned(), schema));
        self.replies.push((status, content));
        self
    }

    /// A page for people, with one of these statuses.
    pub(super) fn page(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            let content = ("text/html".to_owned(), json!({ "type": "string" }));
            self.replies.push((*status, Some(content)));
        }
        self
    }

    /// A redirect, without a body.
    pub(super) fn redirect(mut self, status: u16) -> Self {
        self.replies.push((status, None));
        self
    }

    fn document(self, route: &Route) -> Value {
        let mut parameters = self.parameters;
        for segment in route.path.split('/') {
            let name = segment.strip_prefix('{').and_then(|one| one.strip_suffix('}'));
            if let Some(name) = name {
                let schema = json!({ "type": "string", "minLength": 1 });
                let parameter = json!({ "name": name, "in": "path", "required": true });
                parameters.push(with(parameter, "schema", schema));
            }
        }
        let mut document = json!({
            "operationId": self.id,
            "responses": responses(self.replies),
        });
        if !parameters.is_empty() {
            document["parameters"] = parameters.into();
        }
        if let Some(request) = self.request {
            document["requestBody"] = request;
        }
        if self.bearer {
            document["security"] = json!([{ "bearer": [] }]);
        }
        document
    }
}

/// Replies by status; several of one status and content type are one of their schemas.
fn responses(replies: Vec<(u16, Content)>) -> Map<String, Value> {
    let mut responses = Map::new();
    for (status, content) in replies {
        let response = responses
            .entry(status.to_string())
            .or_insert_with(|| json!({ "description": format!("Status {status}") }));
        let Some((content_type, schema)) = content else {
            continue;
        };
        let known = &mut response["content"][content_type.as_str()]["schema"];
        match known["anyOf"].as_array_mut() {
            Some(schemas) if !schemas.contains(&schema) => schemas.push(schema),
            Some(_) => {}
            None => *known = json!({ "anyOf": [schema] }),
        }
    }
    responses
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

impl<'a> Operations<'a> {
    pub(super) fn new(shapes: &'a Shapes<'a>) -> Self {
        Self { shapes, paths: Map::new() }
    }

    pub(super) fn shapes(&self) -> &'a Shapes<'a> {
        self.shapes
    }

    /// Every operation may refuse a body that is too long or a path that is not UTF-8.
    pub(super) fn add(&mut self, route: &Route, described: Described) {
        let profile = self.shapes.profile();
        let document = described.reply(self.shapes, &profile.malformed).document(route);
        let path = self.paths.entry(route.path.clone()).or_insert(json!({}));
        path[route.method.to_ascii_lowercase()] = document;
    }

    /// The form of a page, which posts to the page's own path.
    pub(super) fn add_form(&mut self, page: &Route, described: Described) {
        self.add(&crate::flows::form_route(page), described);
    }

    pub(super) fn into_paths(self) -> Map<String, Value> {
        self.paths
    }
}
