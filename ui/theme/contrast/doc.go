// Package contrast says how well one colour is seen on another, as WCAG 2.1
// computes it. The tests of the theme and of the widgets use it.
package contrast
