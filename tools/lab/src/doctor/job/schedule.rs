//! When a `CronJob` is due, in UTC.

use k8s_openapi::jiff::{Timestamp, civil::Date, tz::TimeZone};

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// The 29th of February comes again within that time, also around a year without it.
const FAR: usize = 9 * 366;

/// The five fields of a schedule; each has its numbers, and whether it names any.
#[derive(Debug)]
pub(super) struct Schedule {
    minutes: Vec<i8>,
    hours: Vec<i8>,
    days: Vec<i8>,
    months: Vec<i8>,
    weekdays: Vec<i8>,
    any_day: bool,
    any_weekday: bool,
}

impl Schedule {
    /// None if it cannot be understood; the cluster refuses what is no schedule.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.try_into().ok()?;
        let is_any = |field: &str| field.starts_with(['*', '?']);
        Some(Self {
            minutes: numbers(minute, 0, 59, &[])?,
            hours: numbers(hour, 0, 23, &[])?,
            days: numbers(day, 1, 31, &[])?,
            months: numbers(month, 1, 12, &MONTHS)?,
            weekdays: numbers(weekday, 0, 7, &DAYS)?.into_iter().map(|it| it % 7).collect(),
            any_day: is_any(day),
            any_weekday: is_any(weekday),
        })
    }

    /// The first time after this one; None if there is none at all.
    pub(super) fn next_after(&self, then: Timestamp) -> Option<Timestamp> {
        let start = then.to_zoned(TimeZone::UTC).date();
        let days = std::iter::successors(Some(start), |it| it.tomorrow().ok()).take(FAR);
        days.filter(|it| self.has(*it)).find_map(|day| {
            let times =
                self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |it| (*hour, *it)));
            let mut due = times.filter_map(|(hour, minute)| {
                day.at(hour, minute, 0, 0).to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp())
            });
            due.find(|it| *it > then)
        })
    }

    /// If both the day of the month and that of the week are named, one of them is enough.
    fn has(&self, date: Date) -> bool {
        let day = self.days.contains(&date.day());
        let weekday = self.weekdays.contains(&date.weekday().to_sunday_zero_offset());
        let named = if self.any_day || self.any_weekday { day && weekday } else { day || weekday };
        named && self.months.contains(&date.month())
    }
}

/// `1,10-20/5,*/15`, in order.
fn numbers(field: &str, least: i8, most: i8, names: &[&str]) -> Option<Vec<i8>> {
    let number = |text: &str| -> Option<i8> {
        let name = names.iter().position(|it| it.eq_ignore_ascii_case(text));
        let first = usize::from(names.len() == MONTHS.len());
        match name {
            Some(at) => i8::try_from(at + first).ok(),
            None => text.parse().ok().filter(|it| (least..=most).contains(it)),
        }
    };
    let mut all = Vec::new();
    for part in field.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let (from, to) = match range.split_once('-') {
            _ if matches!(range, "*" | "?") => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        let step: usize = step.parse().ok().filter(|it| *it > 0)?;
        all.extend((from..=to).step_by(step));
    }
    all.sort_unstable();
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn the_next_time_is_the_one_that_cron_means() {
        for (schedule, then, next) in [
            ("*/5 * * * *", "2026-03-01T10:02:30Z", "2026-03-01T10:05:00Z"),
            ("0 3 * * *", "2026-03-01T03:00:00Z", "2026-03-02T03:00:00Z"),
            ("30 8-18/2 * * MON-FRI", "2026-03-06T18:31:00Z", "2026-03-09T08:30:00Z"),
            ("0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("0 0 13 * 5", "2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z"),
            ("@hourly", "2026-12-31T23:30:00Z", "2027-01-01T00:00:00Z"),
            ("0 12 1 JAN,jul 7", "2026-07-05T12:00:00Z", "2026-07-12T12:00:00Z"),
        ] {
            let read = Schedule::read(schedule).expect(schedule);
            let then = then.parse().expect("a time");
            let due = read.next_after(then).map(|it| it.to_string());
            assert_eq!(due.as_deref(), Some(next), "{schedule}");
        }
    }

    #[test]
    fn some_days_never_come_and_some_schedules_are_none() {
        let never = Schedule::read("0 0 31 2,4,6 *").expect("five fields");
        assert_eq!(never.next_after("2026-03-01T00:00:00Z".parse().expect("a time")), None);
        for wrong in ["", "* * * *", "61 * * * *", "*/0 * * * *", "@every 1h", "0 0 * FOO *"] {
            assert!(Schedule::read(wrong).is_none(), "{wrong}");
        }
    }
}
