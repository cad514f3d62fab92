//! The command line of what a lecturer does for a class.

use std::path::PathBuf;

use clap::ValueEnum;

/// Whose namespaces, and what is in them.
#[derive(clap::Args)]
pub(crate) struct Up {
    /// The namespaces: a name, or a range such as `student-01..30`. May be given several times.
    #[arg(long, short, required = true, value_name = "NAMES")]
    pub(crate) namespaces: Vec<String>,

    /// The context of the kubeconfig to use, if not its current one.
    #[arg(long)]
    pub(crate) context: Option<String>,

    /// Write a kubeconfig for each into this folder, by which a student may edit that namespace and
    /// do nothing outside of it.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) kubeconfigs: Option<PathBuf>,

    /// How long these are valid.
    #[arg(long, value_name = "DURATION", default_value = "12h", value_parser = valid)]
    pub(crate) valid: humantime::Duration,

    /// So many pods at most in each.
    #[arg(long, value_name = "NUMBER", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) pods: u32,

    /// What pods may do. What worksheets make says little about that, so it is not `restricted`.
    #[arg(long, value_name = "LEVEL", default_value_t = Security::Baseline)]
    pub(crate) security: Security,
}

/// No cluster gives a key for less than ten minutes.
fn valid(text: &str) -> Result<humantime::Duration, String> {
    let valid: humantime::Duration = text.parse().map_err(|_| "a time such as 12h or 90m")?;
    if valid.as_secs() < 600 {
        return Err("no cluster gives a key for less than 10m".to_owned());
    }
    Ok(valid)
}

/// The levels of Pod Security.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Security {
    Privileged,
    Baseline,
    Restricted,
}

impl std::fmt::Display for Security {
    fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        to.write_str(match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        })
    }
}

/// Which namespaces to delete.
#[derive(clap::Args)]
pub(crate) struct Down {
    /// The namespaces: a name, a range such as `student-01..30`, or a pattern such as `student-*`.
    #[arg(long, short, required = true, value_name = "NAMES")]
    pub(crate) namespaces: Vec<String>,

    /// The context of the kubeconfig to use, if not its current one.
    #[arg(long)]
    pub(crate) context: Option<String>,
}

/// Which images, and where they go.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("result").required(true).args(["out", "list"]))]
pub(crate) struct Bundle {
    /// The worksheets: what their manifests and their commands name.
    #[arg(required = true)]
    pub(crate) worksheets: Vec<PathBuf>,

    /// The file to write, as `docker save` does.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Only list the names.
    #[arg(long)]
    pub(crate) list: bool,
}

/// Whom to grade, by what.
#[derive(clap::Args)]
pub(crate) struct Grade {
    /// The worksheet with the checks: blocks with `points=`, as docs/labs.md says. Nothing else of it
    /// is typed.
    pub(crate) worksheet: PathBuf,

    /// The namespaces, by name or by pattern: `*`, `?`, `[0-9]`, `{a,b}`. May be given several times.
    #[arg(long, short, required = true, value_name = "PATTERN")]
    pub(crate) namespaces: Vec<String>,

    /// The context of the kubeconfig to use, if not its current one.
    #[arg(long)]
    pub(crate) context: Option<String>,

    /// Write a line for each namespace into this file, for Excel and others.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,

    /// So many namespaces are looked at at the same time.
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) at_once: u32,

    /// How long a check may take. One that fails is typed once more.
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    pub(crate) limit: humantime::Duration,
}
