// Package report turns a diagnosis into what people and programs read: text, HTML,
// Markdown and JSON, in Japanese and English. With the texts of knowledge it is the
// only room of the house that knows languages. It may import model, knowledge,
// text-width and encoding libraries and the standard library, and must never look at
// a machine, decide anything, or change the diagnosis it is given.
package report
