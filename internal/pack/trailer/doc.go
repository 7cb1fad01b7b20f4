// Package trailer is the end of the one-file bundle, by which its beginning finds
// what lies in between: the program that unpacks, a payload, this.
package trailer
