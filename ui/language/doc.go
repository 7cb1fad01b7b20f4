// Package language brings Foyer's translations to Fyne's package lang, which
// says everything that is read in the window: lang.L("English text"), with
// {{.Name}} for what is put in, and lang.N where a number rules the form. The
// English text is the key of its translations, in assets/translations.
//
// The command line, the logs, the report on statistics and what the meeting
// server's page says are in English.
package language
