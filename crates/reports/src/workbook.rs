//! Workbooks (XLSX, ECMA-376): a table a sheet, with frozen headers, filters, and a sum for each currency.
//!
//! Amounts become IEEE doubles, as the format has no decimals: they are exact to 15 significant digits. The same sheets always give the
//! same bytes.

use std::collections::BTreeMap;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatBorder, Formula, Workbook, Worksheet, XlsxError};
use tollgate_model::limits::{self, SHEET_ROWS};
use tollgate_model::{Amount, Currency, Day, Money};

/// Why a workbook was not written.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// A sheet cannot hold the rows.
    #[error("sheet `{sheet}` has {rows} rows, above {limit}\nhint: group by fewer dimensions, or use --format csv")]
    Rows {
        /// Its name.
        sheet: String,
        /// The rows that it was given.
        rows: usize,
        /// What is exceeded.
        limit: &'static limits::Limit,
    },
    /// The library refused a cell or a name.
    #[error("the workbook cannot be written: {0}")]
    Format(#[from] XlsxError),
}

/// A cell of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing is known.
    Empty,
    /// Text. It never becomes a formula.
    Text(String),
    /// An amount in its currency.
    Money(Money),
    /// A number without a currency.
    Number(Amount),
    /// A share of one, shown in percent: 0.25 is 25 %.
    Share(Amount),
    /// A day.
    Day(Day),
}

/// A table: its name, its headers, and rows of as many cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// Shown on its tab. Characters that the format forbids are replaced; it is cut after 31 characters.
    pub name: String,
    /// The headers of its columns.
    pub headers: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
    /// Sentences below the table: the basis of its amounts, and what they leave out.
    pub notes: Vec<String>,
    /// The columns of [`Cell::Money`] that are summed below the table, one row a currency.
    pub sums: Vec<usize>,
}

/// The first characters of a name of a sheet that count.
const NAME_LENGTH: usize = 31;
/// The widest column, in pixels.
const WIDEST: u32 = 420;

/// Writes sheets as a workbook.
///
/// # Errors
///
/// When a sheet has too many rows, or two have the same name.
pub fn workbook(sheets: &[Sheet]) -> Result<Vec<u8>, WorkbookError> {
    let mut book = Workbook::new();
    // The time of writing would make every file different.
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
    for sheet in sheets {
        if sheet.rows.len() > SHEET_ROWS.size() {
            let (sheet, rows) = (sheet.name.clone(), sheet.rows.len());
            return Err(WorkbookError::Rows { sheet, rows, limit: &SHEET_ROWS });
        }
        write(book.add_worksheet(), sheet)?;
    }
    Ok(book.save_to_buffer()?)
}

fn write(on: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    on.set_name(sheet_name(&sheet.name))?;
    let header = Format::new().set_bold().set_border_bottom(FormatBorder::Thin);
    for (column, text) in (0..).zip(&sheet.headers) {
        on.write_string_with_format(0, column, text, &header)?;
    }
    for (row, cells) in (1..).zip(&sheet.rows) {
        for (column, cell) in (0..).zip(cells) {
            write_cell(on, row, column, cell)?;
        }
    }
    let last_row = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
    let last_column = u16::try_from(sheet.headers.len()).unwrap_or(u16::MAX).saturating_sub(1);
    on.set_freeze_panes(1, 0)?;
    on.set_repeat_rows(0, 0)?;
    on.set_landscape();
    let after = write_sums(on, sheet, last_row)?;
    on.set_autofit_max_width(WIDEST).autofit();
    if !sheet.rows.is_empty() {
        on.autofilter(0, 0, last_row, last_column)?;
    }
    // Notes come after the widths: a sentence does not widen its column.
    let note = Format::new().set_italic();
    for (row, text) in (after + 1..).zip(&sheet.notes) {
        on.write_string_with_format(row, 0, text, &note)?;
    }
    Ok(())
}

fn write_cell(on: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            on.write_string(row, column, text)?;
        }
        Cell::Money(money) => {
            on.write_number_with_format(row, column, money.amount.to_f64(), &money_format(money.currency))?;
        }
        Cell::Number(amount) => {
            on.write_number_with_format(row, column, amount.to_f64(), &Format::new().set_num_format("#,##0.######"))?;
        }
        Cell::Share(share) => {
            on.write_number_with_format(row, column, share.to_f64(), &Format::new().set_num_format("0.0 %"))?;
        }
        Cell::Day(day) => {
            let date = ExcelDateTime::parse_from_str(&day.to_string())?;
            on.write_datetime_with_format(row, column, &date, &Format::new().set_num_format("yyyy-mm-dd"))?;
        }
    }
    Ok(())
}

/// Writes a row of sums for each currency, and returns the next free row.
///
/// A formula adds the cells of its column whose row shows the currency, so that it follows what a reader changes; its stored result is the
/// exact sum.
fn write_sums(on: &mut Worksheet, sheet: &Sheet, last_row: u32) -> Result<u32, XlsxError> {
    let mut currencies: BTreeMap<Currency, BTreeMap<usize, Vec<(u32, Amount)>>> = BTreeMap::new();
    for (row, cells) in (1..).zip(&sheet.rows) {
        for column in &sheet.sums {
            if let Some(Cell::Money(money)) = cells.get(*column) {
                let columns = currencies.entry(money.currency).or_default();
                columns.entry(*column).or_default().push((row, money.amount));
            }
        }
    }
    let mut row = last_row + 1;
    let one = currencies.len() == 1;
    for (currency, columns) in &currencies {
        let total = Format::new().set_bold().set_border_top(FormatBorder::Thin);
        on.write_string_with_format(row, 0, format!("total {currency}"), &total)?;
        for (column, cells) in columns {
            let exact = cells.iter().fold(Amount::ZERO, |sum, (_, amount)| sum.saturating_add(*amount));
            let formula = if one { whole_column(*column, last_row) } else { parts(*column, cells) };
            let format = money_format(*currency).set_bold().set_border_top(FormatBorder::Thin);
            let formula = Formula::new(formula).set_result(exact.to_f64().to_string());
            on.write_formula_with_format(row, u16::try_from(*column).unwrap_or(u16::MAX), formula, &format)?;
        }
        row += 1;
    }
    Ok(row)
}

/// The sum of a column.
fn whole_column(column: usize, last_row: u32) -> String {
    let name = column_name(column);
    format!("=SUM({name}2:{name}{})", last_row + 1)
}

/// The sum of the runs of rows that have one currency.
fn parts(column: usize, cells: &[(u32, Amount)]) -> String {
    let name = column_name(column);
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (row, _) in cells {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *row => *last = *row,
            _ => runs.push((*row, *row)),
        }
    }
    let runs: Vec<String> =
        runs.iter().map(|(first, last)| format!("{name}{}:{name}{}", first + 1, last + 1)).collect();
    // A function takes at most 255 arguments.
    let sums: Vec<String> = runs.chunks(255).map(|chunk| format!("SUM({})", chunk.join(","))).collect();
    format!("={}", sums.join("+"))
}

/// The letters of a column: A to Z, then AA.
fn column_name(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(column % 26).unwrap_or_default()));
        if column < 26 {
            return letters.into_iter().rev().collect();
        }
        column = column / 26 - 1;
    }
}

fn money_format(currency: Currency) -> Format {
    let places = currency.minor_places();
    let decimals = if places == 0 { String::new() } else { format!(".{}", "0".repeat(places)) };
    Format::new().set_num_format(format!("#,##0{decimals} \"{currency}\""))
}

/// A name that the format accepts.
fn sheet_name(name: &str) -> String {
    let kept = name.chars().map(|c| if "[]:*?/\\'".contains(c) || c.is_control() { ' ' } else { c });
    let kept: String = kept.take(NAME_LENGTH).collect();
    if kept.trim().is_empty() { "Sheet".to_owned() } else { kept.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn money(amount: &str, currency: &str) -> Cell {
        Cell::Money(Money { amount: Amount::parse(amount.as_bytes()).unwrap(), currency: currency.parse().unwrap() })
    }

    fn example() -> Sheet {
        let row = |team: &str, day: &str, cost: Cell| {
            vec![Cell::Text(team.to_owned()), Cell::Day(day.parse().unwrap()), cost]
        };
        Sheet {
            name: "costs by team/day".to_owned(),
            headers: ["team", "day", "cost"].map(str::to_owned).to_vec(),
            rows: vec![
                row("checkout", "2026-10-01", money("1204.10", "USD")),
                row("=cmd()", "2026-10-01", money("0.05", "USD")),
                row("数据", "2026-10-02", money("7", "EUR")),
                row("checkout", "2026-10-02", money("-4.15", "USD")),
            ],
            notes: vec!["effective cost".to_owned()],
            sums: vec![2],
        }
    }

    /// A file of the archive.
    fn part(book: &[u8], name: &str) -> String {
        let archive = rawzip::ZipArchive::from_slice(book).unwrap();
        for entry in archive.entries() {
            let entry = entry.unwrap();
            if entry.file_path().as_ref() == name.as_bytes() {
                let data = archive.get_entry(entry.wayfinder()).unwrap();
                let mut text = String::new();
                flate2::read::DeflateDecoder::new(data.data()).read_to_string(&mut text).unwrap();
                return text;
            }
        }
        panic!("there is no {name}");
    }

    #[test]
    fn amounts_are_numbers_and_sums_are_formulas_of_one_currency() {
        let sheet = part(&workbook(&[example()]).unwrap(), "xl/worksheets/sheet1.xml");
        assert!(sheet.contains("<v>1204.1</v>"), "{sheet}");
        assert!(sheet.contains("<f>SUM(C4:C4)</f><v>7</v>"), "{sheet}");
        assert!(sheet.contains("<f>SUM(C2:C3,C5:C5)</f><v>1200</v>"), "{sheet}");
        assert!(sheet.contains("state=\"frozen\"") && sheet.contains("<autoFilter ref=\"A1:C5\""), "{sheet}");
    }

    #[test]
    fn text_is_never_a_formula_and_a_name_is_made_valid() {
        let book = workbook(&[example()]).unwrap();
        assert!(!part(&book, "xl/worksheets/sheet1.xml").contains("cmd"), "text is in the shared strings");
        assert!(part(&book, "xl/sharedStrings.xml").contains("=cmd()"));
        assert!(part(&book, "xl/workbook.xml").contains("costs by team day"));
        assert_eq!(sheet_name(&"x".repeat(40)).len(), 31);
        assert_eq!(sheet_name("//"), "Sheet");
        assert_eq!([0, 25, 26, 701, 702].map(column_name), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn the_same_sheets_give_the_same_bytes() {
        assert_eq!(workbook(&[example()]).unwrap(), workbook(&[example()]).unwrap());
    }

    #[test]
    fn a_sheet_with_too_many_rows_is_refused_by_the_limit() {
        let sheet = Sheet { rows: vec![Vec::new(); SHEET_ROWS.size() + 1], ..example() };
        let error = workbook(&[sheet]).unwrap_err().to_string();
        assert!(error.contains("sheet-rows") && error.contains("hint:"), "{error}");
    }
}
