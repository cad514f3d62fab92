//! Who may change how a process behaves: one check for faults and for all other such controls.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use subtle::ConstantTimeEq as _;
use web::Problem;

/// Who may set faults, knobs, circuit breakers, and what SIGTERM does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Access {
    #[default]
    Open,
    Token,
    Off,
}

/// Stands before controls: who looks passes, who wants to change something has to be allowed to.
#[derive(Clone, Default)]
pub struct Gate {
    access: Access,
    token: Option<Arc<str>>,
}

impl Gate {
    pub fn new(access: Access, token: Option<&str>) -> Self {
        Self { access, token: token.map(Arc::from) }
    }

    /// Puts the gate before these routes.
    pub fn before(&self, routes: Router) -> Router {
        if self.access == Access::Open || !routes.has_routes() {
            return routes;
        }
        routes.route_layer(middleware::from_fn_with_state(self.clone(), pass))
    }

    /// Whether a request with these headers may change something.
    pub fn allows(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let forbidden = |why: &'static str| Problem::new(StatusCode::FORBIDDEN, why);
        match self.access {
            Access::Open => Ok(()),
            Access::Off => Err(forbidden("nothing can be changed here: FAULTS=off")
                .hint("GET shows what is in force; FAULTS=open or FAULTS=token allows more")),
            Access::Token if self.is_known(headers) => Ok(()),
            Access::Token => Err(forbidden("only those who know the token can change something")
                .hint("send Authorization: Bearer <FAULTS_TOKEN>")),
        }
    }

    /// Takes as long for a token that is nearly right as for any other of its length.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
        let given = given.and_then(|it| it.strip_prefix(b"Bearer "));
        let both = self.token.as_ref().zip(given);
        both.is_some_and(|(token, given)| token.as_bytes().ct_eq(given.trim_ascii()).into())
    }
}

async fn pass(State(gate): State<Gate>, request: Request, next: Next) -> Result<Response, Problem> {
    if !request.method().is_safe() {
        gate.allows(request.headers())?;
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(gate: &Gate, authorization: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, value.parse().expect("visible text"));
        }
        gate.allows(&headers).is_ok()
    }

    #[test]
    fn only_the_whole_token_opens_the_gate() {
        let gate = Gate::new(Access::Token, Some("secret"));
        assert!(allows(&gate, Some("Bearer secret")));
        for wrong in ["Bearer secre", "Bearer secrets", "Bearer ", "secret", "Basic secret"] {
            assert!(!allows(&gate, Some(wrong)), "{wrong}");
        }
        assert!(!allows(&gate, None));
        assert!(!allows(&Gate::new(Access::Token, None), Some("Bearer ")), "nobody knows no token");
        assert!(!allows(&Gate::new(Access::Off, Some("secret")), Some("Bearer secret")));
        assert!(allows(&Gate::default(), None));
    }
}
