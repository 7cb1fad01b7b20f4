package hotkey

import "fyne.io/fyne/v2"

// positions are the scan codes of keys by their American names (HIToolbox, kVK_ANSI_A and so on).
var positions = map[fyne.KeyName]int{
	"A": 0, "S": 1, "D": 2, "F": 3, "H": 4, "G": 5, "Z": 6, "X": 7, "C": 8, "V": 9, "B": 11, "Q": 12, "W": 13,
	"E": 14, "R": 15, "Y": 16, "T": 17, "O": 31, "U": 32, "I": 34, "P": 35, "L": 37, "J": 38, "K": 40, "N": 45,
	"M": 46, fyne.KeyBackTick: 50,
}
