//! The command line.

mod class;
mod load;

use std::{ffi::OsString, path::PathBuf};

use clap::{Parser, Subcommand};

pub(crate) use class::{Bundle, Down, Grade, Up};
pub(crate) use load::{Layout, Load};

/// Lab: the worksheets of the labs, run by a program.
#[derive(Parser)]
#[command(version, max_term_width = 100, after_help = ENDS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) chosen: Chosen,
}

const ENDS: &str = "\
Exit codes:
  0    what the worksheet says is what happens; doctor: nothing is wrong; grade: all have all points
  1    something else happens; doctor: something is wrong; grade: somebody has less
  2    the command line or the worksheet cannot be used
  3    there is no cluster, or it does not allow what is needed
  130  Ctrl-C (143: SIGTERM); what was made has been taken away";

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Chosen {
    /// Runs a worksheet on the cluster, and compares what comes with what it says.
    Verify(Verify),
    /// Asks a service, at a constant rate or as so many users, and accounts for every request.
    Load(Box<Load>),
    /// Copies the commands and the outputs of a worksheet into its translation.
    Blocks(Blocks),
    /// Makes namespaces for a class, each with the pod `siege`, and keys to them.
    Up(Up),
    /// Deletes namespaces that lab has made, and no others.
    Down(Down),
    /// Writes the images of worksheets into one file, for a room without a network.
    Bundle(Bundle),
    /// Says what is wrong in a namespace, why, and what to do. It changes nothing.
    Doctor(Doctor),
    /// Looks at what stands in many namespaces, and counts the points of a worksheet's checks.
    Grade(Grade),
    /// Rewrites an old worksheet's YAML and commands for today's Kubernetes, and says why.
    Migrate(Migrate),
    /// Shows pods, versions, endpoints, autoscalers and warnings of a namespace as they change.
    Watch(Watch),
}

/// What to verify, and where.
#[derive(clap::Args)]
pub(crate) struct Verify {
    /// The worksheet: Markdown, in the notation of docs/labs.md.
    pub(crate) worksheet: PathBuf,

    /// The namespace to work in. It is not emptied before, and not deleted after. Without this, a
    /// new one is made, and deleted at the end.
    #[arg(long, short)]
    pub(crate) namespace: Option<String>,

    /// The context of the kubeconfig to use, if not its current one.
    #[arg(long)]
    pub(crate) context: Option<String>,

    /// Leave the new namespace as it is at the end, to look at it.
    #[arg(long, conflicts_with = "namespace")]
    pub(crate) keep: bool,

    /// Wait for the Enter key before each command.
    #[arg(long)]
    pub(crate) step: bool,

    /// Show at the end when pods and endpoints changed; after a failure it is always shown.
    #[arg(long)]
    pub(crate) timeline: bool,

    /// Write the results into this file, as XML for CI servers (`JUnit`).
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,

    /// Write the run into this file as a page: each step, and a picture of what pods, endpoints,
    /// autoscalers and requests did meanwhile.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// Which worksheet has the blocks, and which is to have the same.
#[derive(clap::Args)]
pub(crate) struct Blocks {
    /// The worksheet that has them.
    pub(crate) from: PathBuf,

    /// Its translation: its text stays, its blocks are replaced one by one.
    pub(crate) to: PathBuf,

    /// Change nothing; fail if they are not the same.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Where to look.
#[derive(clap::Args)]
pub(crate) struct Doctor {
    /// The namespace to look at, if not that of the context.
    #[arg(long, short)]
    pub(crate) namespace: Option<String>,

    /// The context of the kubeconfig to use, if not its current one.
    #[arg(long)]
    pub(crate) context: Option<String>,
}

/// Which worksheets, and where what comes of them goes.
#[derive(clap::Args)]
pub(crate) struct Migrate {
    /// Manifests (`.yaml`, `.yml`), worksheets (`.md`) and scripts (`.sh`), folders of them, or `-`
    /// for the standard input. The result is written to the standard output, what was changed and
    /// why to the standard error.
    #[arg(required = true, value_name = "FILE|FOLDER|-")]
    pub(crate) files: Vec<PathBuf>,

    /// Write each result in its file's place; the file stays beside it as `NAME.orig`.
    #[arg(long)]
    pub(crate) write: bool,

    /// Write the results into this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "write")]
    pub(crate) out: Option<PathBuf>,

    /// Only say what would change, and why, on the standard output.
    #[arg(long, conflicts_with_all = ["write", "out"])]
    pub(crate) explain: bool,
}

/// What to look at.
#[derive(clap::Args)]
pub(crate) struct Watch {
    /// The namespace to look at, if not that of the context.
    #[arg(long, short)]
    pub(crate) namespace: Option<String>,

    /// The context of the kubeconfig to use, if not its current one.
    #[arg(long)]
    pub(crate) context: Option<String>,

    /// Show it once, and end.
    #[arg(long)]
    pub(crate) once: bool,

    /// No colours. There are none either where the output is no terminal.
    #[arg(long, env = "NO_COLOR", value_name = "ANY", num_args = 0..=1, default_missing_value = "yes")]
    pub(crate) no_color: Option<OsString>,
}
