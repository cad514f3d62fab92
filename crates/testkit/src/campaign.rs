//! How much a test does: a dose for every change, and the whole of it in its campaign.

use crate::servers::variable;

/// `always`, or `whole` where the campaign of this name runs: `just campaign rollouts` sets
/// `TEST_CAMPAIGN`, and `.ci/campaign` lists them all.
pub fn dose<T>(campaign: &str, always: T, whole: T) -> T {
    if variable("TEST_CAMPAIGN").is_some_and(|it| it == campaign) { whole } else { always }
}
