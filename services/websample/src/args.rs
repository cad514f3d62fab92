//! The settings of the sample.

/// Which version it is.
#[derive(Debug, Clone, clap::Args)]
pub struct WebsampleArgs {
    /// Which version this is: `v1` answers 201, `v2` answers 202, anything else 500.
    // The variable is in lower case because worksheets and Dockerfiles of the lab set that one. The
    // option is not `--version`, which prints the version of the executable.
    #[arg(long, env = "version", value_name = "VERSION", default_value = "v1")]
    pub version_name: String,
}
