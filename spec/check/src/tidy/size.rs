//! Lengths of files, functions and lines.

use crate::mark::is_test_file;
use crate::tree::Problem;

/// Longest source file without a written reason, in lines.
const FILE_LINES_MAX: usize = 600;
/// Longest file of tests, in lines.
const TEST_FILE_LINES_MAX: usize = 1000;
/// Longest function, signature and closing brace included, in lines.
const FUNCTION_LINES_MAX: usize = 70;
/// Longest line, in characters.
const COLUMNS_MAX: usize = 100;
/// A word (a CID, a digest, an address) or literal at least this long may make its line longer.
const UNBREAKABLE_MIN: usize = 56;
/// Where the reason for an overlong file has to stand, in lines from the top.
const REASON_LINES: usize = 20;

/// The sign of a written reason, with at least this much of a reason after it.
fn is_reason(line: &str) -> bool {
    line.trim().strip_prefix("// long: ").is_some_and(|reason| reason.len() >= 10)
}

pub(super) fn check_file(path: &str, text: &str, problems: &mut Vec<Problem>) {
    let lines = text.lines().count();
    let limit = if is_test_file(path) { TEST_FILE_LINES_MAX } else { FILE_LINES_MAX };
    if lines > limit && !text.lines().take(REASON_LINES).any(is_reason) {
        let text = format!("{lines} lines, more than {limit}: split it, or say `// long: reason`");
        problems.push(Problem::new(path, 1, text));
    }
}

/// Relies on rustfmt: a function ends at the first closing brace with its own indentation.
pub(super) fn check_functions(path: &str, text: &str, problems: &mut Vec<Problem>) {
    let lines: Vec<&str> = text.lines().collect();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if !is_function(code) || is_declaration(&lines[start..]) {
            continue;
        }
        let closes = |line: &&str| line.trim_end() == format!("{}}}", " ".repeat(indent));
        let body = lines[start..].iter().position(closes).map_or(0, |length| length + 1);
        let excused = start > 0 && is_reason(lines[start - 1]);
        if body > FUNCTION_LINES_MAX && !excused {
            let text = format!("a function of {body} lines, more than {FUNCTION_LINES_MAX}");
            problems.push(Problem::new(path, start + 1, text));
        }
    }
}

/// Whether a line begins a function with a body.
fn is_function(code: &str) -> bool {
    let mut words = code.split_whitespace().skip_while(|word| {
        word.starts_with("pub")
            || ["async", "const", "unsafe", "extern", "in"].contains(word)
            || word.ends_with(')') && !word.contains('(')
    });
    words.next() == Some("fn") && !code.ends_with(';') && !code.ends_with('}')
}

/// Whether a signature, possibly of several lines, ends without a body.
fn is_declaration(lines: &[&str]) -> bool {
    let end = lines.iter().map(|line| line.trim_end()).find(|line| line.ends_with(['{', ';']));
    end.is_some_and(|line| line.ends_with(';'))
}

pub(super) fn check_columns(path: &str, text: &str, problems: &mut Vec<Problem>) {
    for (index, line) in text.lines().enumerate() {
        let columns = line.chars().count();
        // A message stays in one piece, so that one can search for it.
        let long = |text: &str| text.chars().count() >= UNBREAKABLE_MIN;
        let breakable =
            !line.split_whitespace().any(long) && !line.split('"').skip(1).step_by(2).any(long);
        if columns > COLUMNS_MAX && breakable {
            problems.push(Problem::new(path, index + 1, format!("{columns} columns")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_a_limit_unless_a_reason_is_given() {
        let mut problems = Vec::new();
        check_file("impl/x/src/a.rs", &"\n".repeat(600), &mut problems);
        let reason = "// long: a table of all codes\n".to_owned() + &"\n".repeat(700);
        check_file("impl/x/src/a.rs", &reason, &mut problems);
        check_file("impl/x/src/tests.rs", &"\n".repeat(1000), &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        check_file("impl/x/src/a.rs", &"\n".repeat(601), &mut problems);
        check_file(
            "impl/x/src/a.rs",
            &("// long: x\n".to_owned() + &"\n".repeat(600)),
            &mut problems,
        );
        assert_eq!(problems.len(), 2);
    }

    #[test]
    fn functions_have_a_limit() {
        let function = |lines: usize| {
            format!(
                "impl A {{\n    pub(crate) async fn f(\n    ) {{\n{}    }}\n}}\n",
                "        x();\n".repeat(lines)
            )
        };
        let mut problems = Vec::new();
        check_functions("a.rs", &function(67), &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        check_functions("a.rs", &function(68), &mut problems);
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn declarations_have_no_length() {
        let text = format!("trait A {{\n    fn f(\n    );\n{}}}\n", "\n".repeat(90));
        let mut problems = Vec::new();
        check_functions("a.rs", &text, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn long_words_may_overflow() {
        let mut problems = Vec::new();
        check_columns("a.rs", &("x ".repeat(30) + &"y".repeat(60)), &mut problems);
        assert!(problems.is_empty());
        check_columns("a.rs", &"x ".repeat(51), &mut problems);
        assert_eq!(problems.len(), 1);
    }
}
