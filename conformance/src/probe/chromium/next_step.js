// What there is to do on this page: `{ press: { fields, button } }`, or `"nothing"` where that may be.
// Where there is neither, it waits until the page changes.
const [deny, mayEnd, tell] = arguments;

const REFUSES = /deny|cancel|refuse|abort|decline|reject/i;
const ALLOWS = /allow|authori[sz]e|approve|accept|agree|confirm|continue|next|sign.?in|log.?in|yes/i;
const WHO = /user|login|mail|sub|name/i;
const CODE = /user[^a-z]?code/i;

const usable = (element) => element.checkVisibility() && !element.disabled;
const all = (selector, within = document) => [...within.querySelectorAll(selector)].filter(usable);
const words = (element) =>
    [element.textContent, element.name, element.value, element.getAttribute('href'),
        element.getAttribute('formaction'), element.form && element.form.getAttribute('action')].join(' ');
const refuses = (element) => REFUSES.test(words(element));
const isPressed = (element) => element.dataset.authspec === 'pressed';

// The empty fields that ask who signs in, each with the name of what belongs into it.
function fields() {
    const found = [];
    for (const input of all('input')) {
        if (input.value !== '' || input.readOnly) continue;
        const names = [input.name, input.id, input.autocomplete].join(' ');
        if (input.type === 'password') found.push([input, 'password']);
        else if (['text', 'email', 'tel'].includes(input.type) && WHO.test(names) && !CODE.test(names))
            found.push([input, 'username']);
    }
    return found;
}

const BUTTONS = 'button, input[type=submit], [role=button]';
const isSubmit = (button) => button.form && ['submit', 'image'].includes(button.type);

function step() {
    const buttons = all(BUTTONS).filter((button) => !isPressed(button));
    const refusing = [...buttons, ...all('a[href]').filter((link) => !isPressed(link))].find(refuses);
    if (deny && refusing) return [[], refusing];
    const asked = fields();
    const allowing = buttons.filter((button) => !refuses(button));
    if (asked.length > 0) {
        const own = allowing.find((button) => isSubmit(button) && button.form === asked[0][0].form);
        const button = own || allowing.find((button) => ALLOWS.test(words(button)));
        return button ? [asked, button] : null;
    }
    if (deny) return null;
    const button = allowing.find(isSubmit) || allowing.find((button) => ALLOWS.test(words(button)));
    return button ? [[], button] : null;
}

function attempt() {
    if (document.readyState !== 'complete') return false;
    const next = step();
    if (next) {
        next[1].dataset.authspec = 'pressed';
        tell({ press: { fields: next[0], button: next[1] } });
        return true;
    }
    // What was pressed and is still there has not done its work yet.
    if (mayEnd && !all('[data-authspec=pressed]').length) {
        tell('nothing');
        return true;
    }
    return false;
}

if (!attempt()) {
    const watching = new MutationObserver(() => attempt() && watching.disconnect());
    watching.observe(document, { attributes: true, childList: true, characterData: true, subtree: true });
    addEventListener('load', () => attempt() && watching.disconnect());
}
