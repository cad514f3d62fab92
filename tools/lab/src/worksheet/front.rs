//! The lines between `---` at the top of a worksheet.

use super::Slip;

/// What a worksheet needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Needs {
    /// Whether there has to be a cluster; so it is, if nothing is said.
    pub(crate) cluster: bool,
    /// How many nodes that take pods. One that says so works on nodes, and not only in its namespace.
    pub(crate) nodes: Option<usize>,
}

/// What they say.
pub(super) struct Front {
    pub(super) needs: Needs,
    /// Images that are named, and that nobody is to have.
    pub(super) without: Vec<String>,
}

pub(super) fn read(front: &str) -> Result<Front, Slip> {
    let (mut needs, mut without) = (Needs { cluster: true, nodes: None }, Vec::new());
    for (number, line) in front.lines().enumerate() {
        let slip = |what: String| Slip::new(number + 2, what);
        match line.split_once(':').map(|(key, value)| (key.trim(), value.trim())) {
            Some(("cluster", "none")) => needs.cluster = false,
            Some(("cluster", "any")) => needs.cluster = true,
            Some(("cluster", other)) => {
                return Err(slip(format!("`cluster: {other}`: it is `any` or `none`")));
            }
            Some(("nodes", count)) => {
                let number = count.parse().ok().filter(|it| *it > 0);
                let number =
                    number.ok_or_else(|| slip(format!("`nodes: {count}`: a number such as 2")))?;
                needs.nodes = Some(number);
            }
            Some(("without", images)) => {
                without.extend(images.split_whitespace().map(ToOwned::to_owned));
            }
            // For people.
            Some(("time", _)) => {}
            _ if line.trim().is_empty() => {}
            _ => {
                let known = "`cluster`, `nodes`, `time`, `without`";
                return Err(slip(format!("`{line}` is not known: {known}")));
            }
        }
    }
    if needs.nodes.is_some() && !needs.cluster {
        return Err(Slip::new(1, "`nodes` are those of a cluster, and `cluster: none` has none"));
    }
    Ok(Front { needs, without })
}
