//! Columns of text.

use std::fmt;

use super::clean;

/// The widest cell, the last of a row aside.
const CELL_MAX: usize = 60;

/// Rows below headings. Cells hold what clients and sandboxes wrote: they are cleaned.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self { rows: vec![columns.iter().map(|name| (*name).to_owned()).collect()] }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.into_iter().map(|cell| clean(&cell)).collect());
    }
}

fn cut(cell: &str) -> String {
    if cell.chars().count() <= CELL_MAX {
        return cell.to_owned();
    }
    let mut short: String = cell.chars().take(CELL_MAX - 1).collect();
    short.push('…');
    short
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cut = |(column, cell): (usize, &String)| {
            if column + 1 == columns { cell.clone() } else { cut(cell) }
        };
        let rows: Vec<Vec<String>> =
            self.rows.iter().map(|row| row.iter().enumerate().map(cut).collect()).collect();
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line += &format!("{cell:width$}  ");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = Table::new(&["ID", "NAME"]);
        table.row(vec!["1".into(), "Käse".into()]);
        table.row(vec!["22222".into(), String::new()]);
        assert_eq!(table.to_string(), "ID     NAME\n1      Käse\n22222\n");
    }

    #[test]
    fn a_cell_is_one_short_line() {
        let mut table = Table::new(&["NAME", "URL"]);
        table.row(vec![format!("a\nb\u{1b}[31m{}", "x".repeat(100)), "u".repeat(70)]);
        let text = table.to_string();
        assert_eq!(text.lines().count(), 2);
        let row = text.lines().nth(1).unwrap();
        assert_eq!((row.chars().count(), row.contains('\u{1b}')), (60 + 2 + 70, false));
    }
}
