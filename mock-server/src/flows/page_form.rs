//! The form of a page on which a person decides: which login it is about, that the page was seen,
//! and which of its two buttons was pressed.

use crate::parameters::Parameters;

/// What the buttons of a page send: for yes, and for no.
pub(crate) type Buttons = [&'static str; 2];

/// Those of a page that asks for consent.
pub(crate) const CONSENT: Buttons = ["approve", "deny"];
/// Those of a sign-in page.
pub(crate) const SIGN_IN: Buttons = ["sign-in", "cancel"];

/// What such a form holds.
pub(crate) struct PageForm {
    pub(crate) state: String,
    /// What only who was shown the page can know.
    pub(crate) token: String,
    /// Whether the button for yes was pressed.
    pub(crate) agrees: bool,
}

impl PageForm {
    /// Reads the form of a page with these buttons.
    pub(crate) fn read(form: &Parameters<'_>, [yes, no]: Buttons) -> Result<Self, &'static str> {
        let (state, token) = (form.required("state")?, form.required("token")?);
        let decision = form.required("decision")?;
        if decision == yes || decision == no {
            Ok(Self { state, token, agrees: decision == yes })
        } else {
            Err("the form has no decision")
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::yes("state=a&token=b&decision=approve", Ok(true))]
    #[case::no("state=a&token=b&decision=deny", Ok(false))]
    #[case::of_another_page("state=a&token=b&decision=sign-in", Err("the form has no decision"))]
    #[case::none("state=a&token=b", Err("a parameter is missing"))]
    #[case::no_token("state=a&decision=approve", Err("a parameter is missing"))]
    fn a_decision_is_one_of_two_buttons(
        #[case] form: &str,
        #[case] expected: Result<bool, &'static str>,
    ) {
        let form = PageForm::read(&Parameters::parse(form.as_bytes()), CONSENT);

        assert_eq!(form.map(|form| form.agrees), expected);
    }
}
