//! What goes to the terminal besides data: errors, addresses, tables.

use std::io::Write as _;

/// Text for standard error, not a byte added: errors, and addresses to be copied.
pub(crate) fn report(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Text as it is: no colours, so nothing to undo where there is no terminal.
pub(crate) fn plain(text: &str) -> String {
    text.to_owned()
}

/// An address on a line of its own, unbroken however narrow the terminal: it is to be copied.
pub(crate) fn on_one_line(url: &str) -> Vec<String> {
    vec![url.to_owned()]
}

/// Rows of cells in columns of equal width.
pub(crate) fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<_> = (0..columns).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<_> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_line_up() {
        let rows =
            [["NAME", "ID"], ["a longer one", "1"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(table(&rows), ["NAME          ID", "a longer one  1"]);
        assert!(table(&[]).is_empty());
    }
}
