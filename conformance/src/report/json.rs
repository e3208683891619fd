//! The report as one JSON document, versioned: the format that other programs rely on.

use crate::report::Report;

/// Writes it.
///
/// # Errors
/// When it cannot be written as JSON, which would be a mistake of ours.
pub fn json(report: &Report) -> serde_json::Result<String> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Level;
    use crate::report::tests::report_of;
    use crate::verdict::Verdict;

    #[test]
    fn what_is_written_can_be_read() {
        let report =
            report_of(&[(Verdict::Pass, Level::Must), (Verdict::NotApplicable, Level::Should)]);
        let text = json(&report).expect("written");
        assert_eq!(serde_json::from_str::<Report>(&text).expect("read"), report);
    }

    #[test]
    fn the_document_is_as_others_rely_on() {
        let text = json(&report_of(&[(Verdict::Fail, Level::Must)])).expect("written");
        insta::assert_snapshot!(text);
    }
}
