//! The retry budget: retries are paid for by the orders that need none.
//!
//! Each order puts a share of a retry in, each retry takes a whole one out. So there are never more
//! retries than that share of the orders, and the reserve besides; without it a payment that fails
//! gets several times the calls of one that works.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::settings::Percent;

/// How many retries can be saved up; a start has them all.
pub(crate) const RESERVE: u32 = 10;

/// A retry, in the unit of shares.
const ONE: u32 = 100;

pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(RESERVE * ONE))
    }
}

impl Budget {
    /// An order is asked for.
    pub(crate) fn deposit(&self, share: Percent) {
        let put_in = |saved: u32| Some((saved + share.0).min(RESERVE * ONE));
        let _ = self.0.fetch_update(Relaxed, Relaxed, put_in);
    }

    /// Takes a retry out, if there is one.
    pub(crate) fn withdraw(&self) -> bool {
        self.0.fetch_update(Relaxed, Relaxed, |saved| saved.checked_sub(ONE)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn retries_never_exceed_the_share_and_the_reserve(
            share in 0_u32..=100,
            orders in proptest::collection::vec(0_u32..=10, 0..300),
        ) {
            let budget = Budget::default();
            let (mut asked, mut retried) = (0, 0);
            for wanted in orders {
                budget.deposit(Percent(share));
                asked += 1;
                retried += (0..wanted).filter(|_| budget.withdraw()).count();
                let allowed = (RESERVE * ONE + asked * share) / ONE;
                prop_assert!(retried <= allowed as usize, "{retried} of {asked}");
            }
        }
    }
}
