//! `GET /openapi.json`, and a page to read it and try it: `GET /docs`.

use axum::{Router, http::header, response::IntoResponse, routing::get};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The document exactly as it is committed beside the service.
pub fn document(api: &OpenApi) -> String {
    let mut text = serde_json::to_string_pretty(api).unwrap_or_default();
    text.push('\n');
    text
}

/// The page comes with all it needs: it works in a room without internet.
pub(crate) fn routes(api: &OpenApi) -> Router {
    let document = document(api);
    let json = move || async move {
        ([(header::CONTENT_TYPE, "application/json")], document).into_response()
    };
    let page = SwaggerUi::new("/docs").config(Config::from("/openapi.json"));
    Router::new().route("/openapi.json", get(json)).merge(page)
}
