//! The layer that refuses a tenant that asks too often.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sandboxd_shared::domain::{ErrorBody, ErrorCode, Quota};
use serde_json::json;

use super::Standing;
use super::rates::Verdict;
use crate::auth::Tenant;
use crate::server::Api;
use crate::web::ApiError;

/// Counts a request of a tenant that is known only now.
///
/// # Errors
/// 429
pub(crate) fn count(api: &Api, tenant: &str) -> Result<(), ApiError> {
    match api.rates.take(tenant) {
        Verdict::Unlimited | Verdict::Within(_) => Ok(()),
        Verdict::Beyond(standing) => Err(refusal(standing)),
    }
}

fn refusal(standing: Standing) -> ApiError {
    let limit = standing.limit;
    let message = format!("{limit} requests a minute are allowed; come again later");
    let body = ErrorBody::new(ErrorCode::RateLimited, message).with_details(json!({
        "quota": Quota::RequestsPerMinute,
        "limit": limit,
        "used": limit,
        "retry_after_s": standing.reset_s,
    }));
    body.into()
}

/// Lets a request through, or answers 429; both say where the tenant stands.
pub(crate) async fn limit_rate(
    State(api): State<Api>,
    mut request: Request,
    next: Next,
) -> Response {
    let tenant = request.extensions().get::<Tenant>();
    let verdict = tenant.map_or(Verdict::Unlimited, |tenant| api.rates.take(tenant.as_str()));
    let (standing, mut response) = match verdict {
        Verdict::Unlimited => return next.run(request).await,
        Verdict::Within(standing) => {
            request.extensions_mut().insert(standing);
            (standing, next.run(request).await)
        }
        Verdict::Beyond(standing) => (standing, refusal(standing).into_response()),
    };
    standing.write(response.headers_mut());
    response
}
