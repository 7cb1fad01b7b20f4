// Package crowd fills a meeting with people who all send the same pictures: one
// encoder, whose packets go out for each of them, so that sending costs little
// beside what is measured.
package crowd
