package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/guptarohit/asciigraph"
)

// Target is one figure and what it should be.
type Target struct {
	Name   string   `json:"name"`
	Value  *float64 `json:"value"` // null where it was not measured
	Unit   string   `json:"unit"`
	Target float64  `json:"target"`
	Met    bool     `json:"met"`
	// AtLeast says that more is better; else Value is to be Target at most.
	AtLeast bool   `json:"atLeast,omitempty"`
	Note    string `json:"note,omitempty"` // such as why it was not measured
}

// AtMost and AtLeast make a target for a measured value; NaN is none.
func AtMost(name string, value float64, unit string, target float64) Target {
	return Target{Name: name, Value: number(value), Unit: unit, Target: target, Met: value <= target}
}

// AtLeast is AtMost the other way round.
func AtLeast(name string, value float64, unit string, target float64) Target {
	return Target{Name: name, Value: number(value), Unit: unit, Target: target, Met: value >= target, AtLeast: true}
}

// But adds a note, to a target without a value the reason.
func (t Target) But(note string) Target {
	t.Note = note
	return t
}

func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// Median of the values that are numbers; NaN where there are none.
func Median(values []float64) float64 { return Quantile(values, 0.5) }

// Quantile q (0 to 1) of the values that are numbers, the nearer of two for the
// rest, the mean of both in an even middle; NaN where there are none.
func Quantile(values []float64, q float64) float64 {
	v := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	if q == 0.5 && len(v)%2 == 0 {
		return (v[len(v)/2-1] + v[len(v)/2]) / 2
	}
	return v[min(int(q*float64(len(v))), len(v)-1)]
}

// Print writes rows as a table; the first one is the heading.
func Print(w io.Writer, rows [][]string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		for _, cell := range row {
			fmt.Fprintf(t, "%s\t", cell)
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}

// Cell prints a figure with so many digits behind the point; a dash for none.
func Cell(v float64, digits int) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// PrintTargets writes the targets as a table.
func PrintTargets(w io.Writer, targets []Target) error {
	rows := [][]string{{"target", "value", "", "", "met"}}
	for _, t := range targets {
		value, met, bound := "–", "not measured", "at most "
		if t.Value != nil {
			value, met = Cell(*t.Value, 3), "no"
			if t.Met {
				met = "yes"
			}
		}
		if t.AtLeast {
			bound = "at least "
		}
		rows = append(rows, []string{t.Name, value, t.Unit, bound + Cell(t.Target, 3), met})
	}
	return Print(w, rows)
}

// Plot draws how figures grow with a number, which need not be evenly spaced:
// each is drawn over the numbers from the first to the last, in straight lines.
// letters are what each is drawn with, one a series.
func Plot(w io.Writer, title string, at []int, letters string, names []string, series [][]float64) {
	if len(at) < 2 {
		return
	}
	const columns = 60
	var lines [][]float64
	for _, s := range series {
		line := make([]float64, columns+1)
		for c := range line {
			x := float64(at[0]) + float64(at[len(at)-1]-at[0])*float64(c)/columns
			i := 0
			for i < len(at)-2 && x > float64(at[i+1]) {
				i++
			}
			t := (x - float64(at[i])) / float64(at[i+1]-at[i])
			line[c] = s[i]*(1-t) + s[i+1]*t
		}
		if !slices.ContainsFunc(line, math.IsNaN) {
			lines = append(lines, line)
		} else {
			lines = append(lines, []float64{math.NaN()})
		}
	}
	if !slices.ContainsFunc(lines, func(l []float64) bool { return len(l) > 1 }) {
		return
	}
	var (
		sets     []asciigraph.CharSet
		captions []string
	)
	for i, name := range names {
		sets = append(sets, asciigraph.CreateCharSet(letters[i:i+1]))
		captions = append(captions, letters[i:i+1]+" "+name)
	}
	fmt.Fprintf(w, "%s, from %d to %d\n%s\n\n", title, at[0], at[len(at)-1],
		asciigraph.PlotMany(lines, asciigraph.Height(10), asciigraph.LowerBound(0), asciigraph.Precision(1),
			asciigraph.SeriesChars(sets...), asciigraph.Caption(strings.Join(captions, "   "))))
}

// Write writes v as JSON to a file, in a folder that it makes.
func Write(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}
