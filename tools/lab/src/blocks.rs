//! `lab blocks`: a worksheet and its translation have the same commands and outputs.

use std::{fs, path::Path};

use crate::{
    cli::Blocks,
    failure::Failure,
    worksheet::{Fenced, fenced, read},
};

/// Copies the blocks of one into the other, or says where they differ.
pub(crate) fn blocks(wanted: &Blocks) -> Result<(), Failure> {
    let Blocks { from, to, check } = wanted;
    let (source, translation) = (read(from)?, read(to)?);
    let copied = copied(&source, &translation).map_err(|(left, right)| {
        Failure::Content(format!(
            "{} has {left} blocks and {} has {right}: each needs its place in the other",
            from.display(),
            to.display()
        ))
    })?;
    if copied == translation {
        return Ok(());
    }
    if *check {
        eprintln!("{}", difference(to, &translation, &copied, from));
        return Err(Failure::Differs);
    }
    fs::write(to, copied).map_err(|error| Failure::unwritable(to, error))
}

/// The translation with the blocks of the source; else how many blocks each has.
fn copied(source: &str, translation: &str) -> Result<String, (usize, usize)> {
    let (ours, theirs) = (fenced(source).fences, fenced(translation).fences);
    if ours.len() != theirs.len() {
        return Err((ours.len(), theirs.len()));
    }
    let (mut copy, mut copied) = (String::new(), 0);
    for (Fenced { place: ours, .. }, Fenced { place: theirs, .. }) in ours.into_iter().zip(theirs) {
        copy.push_str(&translation[copied..theirs.start]);
        copy.push_str(&source[ours]);
        copied = theirs.end;
    }
    copy.push_str(&translation[copied..]);
    Ok(copy)
}

fn difference(to: &Path, has: &str, should: &str, from: &Path) -> String {
    let lines = has.lines().zip(should.lines()).enumerate();
    let first = lines.into_iter().find(|(_, (has, should))| has != should);
    let (at, has, should) = first.map_or((0, "", ""), |(at, (has, should))| (at + 1, has, should));
    format!(
        "{}:{at}: a block is not that of {}\n  it has     {has}\n  the other  {should}\n\
         `lab blocks {} {}` copies them",
        to.display(),
        from.display(),
        from.display(),
        to.display()
    )
}

#[cfg(test)]
mod tests {
    use super::copied;

    #[test]
    fn text_stays_and_blocks_are_copied() {
        let source = "# One\n\n```sh\nls\n```\n\nend\n";
        let translation = "# 하나\n\n```sh until=5s\nls -l\n```\n\n끝\n";
        let copy = copied(source, translation).expect("one block each");
        assert_eq!(copy, "# 하나\n\n```sh\nls\n```\n\n끝\n");
        assert_eq!(copied(source, &copy), Ok(copy));
    }

    #[test]
    fn a_block_without_its_counterpart_is_no_translation() {
        assert_eq!(copied("```sh\nls\n```\n", "nothing\n"), Err((1, 0)));
    }
}
