//! What people write between commands that is none of the shell's: prompts, and places to fill in.

/// The text with blanks for prompts and letters for the brackets of `<name>`: as long as before.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let prompt = prompt(line);
        masked.push_str(&" ".repeat(prompt));
        let (body, end) = ends(&line[prompt..]);
        places(body, &mut masked);
        masked.push_str(&end);
    }
    masked
}

/// The line without its end, and the end as Bash has it: it may go on, with `\` before a line break of
/// Windows, `^` of its old shell, or the backtick of `PowerShell`.
fn ends(line: &str) -> (&str, String) {
    let body = line.trim_end_matches(['\r', '\n']);
    let (inner, last) = match body.char_indices().next_back() {
        Some((at, last @ ('\\' | '^' | '`'))) => (&body[..at], last),
        _ => return (body, line[body.len()..].replace('\r', " ")),
    };
    let goes_on = match last {
        '\\' => !inner.ends_with('\\'),
        _ => inner.ends_with(' ') && (last == '^' || inner.matches('`').count() % 2 == 0),
    };
    let length = line.len() - inner.len();
    if !goes_on || length < 2 {
        return (body, line[body.len()..].replace('\r', " "));
    }
    (inner, format!("{}\\\n", " ".repeat(length - 2)))
}

/// How long the prompt at the begin of a line is: `$ `, `user@host:~$ `, `[root@node ~]# `, `PS C:\> `.
fn prompt(line: &str) -> usize {
    let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
    let rest = &line[blanks..];
    let sign = |rest: &str, signs: &[char]| {
        let behind = rest.strip_prefix(signs)?;
        let name = behind.trim_start_matches([' ', '\t']);
        (behind.len() > name.len()).then(|| rest.len() - name.len())
    };
    if let Some(sign) = sign(rest, &['$']) {
        return blanks + sign;
    }
    let name = if rest.starts_with('[') {
        rest.find(']').map_or(0, |it| it + 1)
    } else if rest.starts_with("PS ") {
        rest.find('>').unwrap_or(0)
    } else {
        rest.find(|it: char| it.is_whitespace() || "$#%>".contains(it)).unwrap_or(0)
    };
    let is_name = rest[..name].contains(['@', '~', ']']) || rest.starts_with("PS ");
    let sign = sign(&rest[name..], &['$', '#', '%', '>']).filter(|_| is_name && name > 0);
    sign.map_or(0, |it| blanks + name + it)
}

/// `<name>` as a word. What is before and behind it tells it from two redirections.
fn places(line: &str, masked: &mut String) {
    let mut rest = line;
    while let Some(open) = rest.find('<') {
        let inside = &rest[open + 1..];
        let length = inside.find(|it: char| it.is_whitespace() || "<>&|;()'\"`$".contains(it));
        let length = length.filter(|it| *it > 0 && inside[*it..].starts_with('>'));
        let behind = length.and_then(|it| inside[it + 1..].chars().next());
        let ends = behind.is_none_or(|it| it.is_whitespace() || "/:-.,@_\"')".contains(it));
        let before = rest[..open].chars().next_back().or_else(|| masked.chars().next_back());
        let begins = !before.is_some_and(|it| "<&012".contains(it));
        if let Some(length) = length.filter(|_| begins && ends) {
            masked.push_str(&rest[..open]);
            masked.push('_');
            masked.push_str(&inside[..length]);
            masked.push('_');
            rest = &inside[length + 1..];
        } else {
            masked.push_str(&rest[..=open]);
            rest = inside;
        }
    }
    masked.push_str(rest);
}
