//! A migration that is added is compiled in: the macro that reads them can't tell cargo of new files
//! (<https://docs.rs/sqlx/latest/sqlx/macro.migrate.html#triggering-recompilation-on-migration-changes>).

fn main() {
    println!("cargo::rerun-if-changed=../migrations");
}
