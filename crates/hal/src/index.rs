//! The pages that only link: the index, the profiles and the list of searches.

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    response::Response,
};

use web::Base;

use crate::{
    Problem, Resource, alps, json,
    links::Links,
    negotiate,
    router::{head, otherwise, shown},
};

type Answered = Result<Response, Problem>;

/// What can be read but not written.
pub(crate) const READ_VERBS: &str = "OPTIONS,HEAD,GET";

pub(crate) async fn root<R: Resource>(State(_): State<R>, request: Request) -> Answered {
    let base = Base::of(request.uri(), request.headers(), request.extensions());
    let base = base.as_str();
    let href = format!("{base}/{}", R::COLLECTION);
    let links = if R::PAGED {
        Links::default().with_template(R::COLLECTION, format!("{href}{{?page,size,sort}}"))
    } else {
        Links::default().with(R::COLLECTION, href)
    };
    index(request, &links.with("profile", format!("{base}/profile")))
}

pub(crate) async fn profiles<R: Resource>(State(_): State<R>, request: Request) -> Answered {
    let base = Base::of(request.uri(), request.headers(), request.extensions());
    let href = format!("{}/profile", base.as_str());
    let many = format!("{href}/{}", R::COLLECTION);
    index(request, &Links::default().with("self", href).with(R::COLLECTION, many))
}

pub(crate) async fn searches<R: Resource>(State(_): State<R>, request: Request) -> Answered {
    let base = Base::of(request.uri(), request.headers(), request.extensions());
    let href = format!("{}/{}/search", base.as_str(), R::COLLECTION);
    let links = R::SEARCHES.iter().fold(Links::default(), |links, search| {
        let template = format!("{href}/{}{{?{}}}", search.name, search.parameter);
        links.with_template(search.name, template)
    });
    index(request, &links.with("self", href))
}

fn index(request: Request, links: &Links) -> Answered {
    match *request.method() {
        Method::GET => {
            let answer = negotiate::representation(request.headers())?;
            let bytes = json::to_vec(&Index { links }).map_err(Problem::broken)?;
            Ok(shown(StatusCode::OK, answer, bytes))
        }
        Method::HEAD => Ok(head(links)),
        _ => Ok(otherwise(&request.into_parts().0, READ_VERBS)),
    }
}

#[derive(serde::Serialize)]
struct Index<'a> {
    #[serde(rename = "_links")]
    links: &'a Links,
}

pub(crate) async fn profile<R: Resource>(State(_): State<R>, request: Request) -> Answered {
    let (parts, _) = request.into_parts();
    let base = Base::of(&parts.uri, &parts.headers, &parts.extensions);
    match parts.method {
        Method::GET => {
            let answer = negotiate::profile(&parts.headers)?;
            Ok(shown(StatusCode::OK, answer, alps::document::<R>(&base)?))
        }
        Method::HEAD => {
            let href = format!("{}/profile/{}", base.as_str(), R::COLLECTION);
            Ok(head(&Links::default().with("self", href)))
        }
        _ => Ok(otherwise(&parts, READ_VERBS)),
    }
}
