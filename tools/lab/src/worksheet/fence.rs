//! What stands behind the three backticks of a block.

use std::time::Duration;

/// What a block is for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fence {
    Type {
        until: Option<Duration>,
        within: Option<Duration>,
        fails: bool,
        always: bool,
        points: Option<u32>,
    },
    Start {
        terminal: u32,
    },
    See {
        terminal: Option<u32>,
        until: Option<Duration>,
    },
}

/// None if the block is only to be read.
pub(crate) fn read(info: &str) -> Result<Option<Fence>, String> {
    let mut words = info.split_whitespace();
    let command = match words.next() {
        Some("sh" | "bash") => true,
        Some("output") => false,
        _ => return Ok(None),
    };
    let (mut terminal, mut until, mut within, mut points) = (None, None, None, None);
    let (mut fails, mut always) = (false, false);
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("terminal", number) => terminal = Some(number_of(number)?),
            ("until", time) => until = Some(duration(word, time)?),
            ("within", time) if command => within = Some(duration(word, time)?),
            ("points", number) if command => points = Some(worth(number)?),
            ("fails", "") if command => fails = true,
            ("always", "") if command => always = true,
            _ if command => {
                return Err(format!(
                    "`{word}` is not known: `terminal=2`, `until=90s`, `within=2m`, `fails`, \
                     `always`, `points=1`"
                ));
            }
            _ => return Err(format!("`{word}` is not known: `terminal=2`, `until=90s`")),
        }
    }
    if !command {
        return Ok(Some(Fence::See { terminal, until }));
    }
    match terminal {
        None if always && points.is_some() => {
            Err("what cleans up is no check: `always` or `points`, not both".to_owned())
        }
        None => Ok(Some(Fence::Type { until, within, fails, always, points })),
        Some(terminal)
            if until.is_none() && within.is_none() && points.is_none() && !fails && !always =>
        {
            Ok(Some(Fence::Start { terminal }))
        }
        Some(_) => Err("a command in another terminal runs on: nothing is asked of it here, \
                        but in an `output` with the same `terminal`"
            .to_owned()),
    }
}

fn number_of(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|it| (2..=9).contains(it));
    number.ok_or_else(|| format!("`terminal={text}`: the others are numbered from 2 to 9"))
}

fn worth(text: &str) -> Result<u32, String> {
    let points = text.parse().ok().filter(|it| (1..=100).contains(it));
    points.ok_or_else(|| format!("`points={text}`: a number from 1 to 100"))
}

fn duration(word: &str, text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| format!("`{word}`: a time such as 90s or 2m"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Fence, read};

    #[test]
    fn a_fence_says_what_its_block_is_for() {
        let command = |until, fails, points| {
            let (within, always) = (None, false);
            Some(Fence::Type { until, within, fails, always, points })
        };
        let looked = Duration::from_secs(90);
        for (info, meant) in [
            ("", None),
            ("yaml", None),
            ("text terminal=2", None),
            ("sh", command(None, false, None)),
            ("bash until=90s fails", command(Some(looked), true, None)),
            ("sh points=2", command(None, false, Some(2))),
            ("sh terminal=2", Some(Fence::Start { terminal: 2 })),
            ("output", Some(Fence::See { terminal: None, until: None })),
            (
                "output terminal=3 until=1m30s",
                Some(Fence::See { terminal: Some(3), until: Some(looked) }),
            ),
        ] {
            assert_eq!(read(info), Ok(meant), "{info}");
        }
    }

    #[test]
    fn a_slip_is_named() {
        for (info, told) in [
            ("sh untill=90s", "`untill=90s` is not known"),
            ("sh until=soon", "a time such as 90s"),
            ("sh terminal=1", "numbered from 2"),
            ("sh terminal=2 until=5s", "runs on"),
            ("output fails", "`fails` is not known"),
            ("sh always=yes", "`always=yes` is not known"),
            ("sh points=0", "a number from 1 to 100"),
            ("sh points", "a number from 1 to 100"),
            ("sh terminal=2 points=1", "runs on"),
            ("sh always points=1", "no check"),
            ("output points=1", "`points=1` is not known"),
        ] {
            let error = read(info).expect_err(info);
            assert!(error.contains(told), "{info}: {error}");
        }
    }
}
