package journal

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

func TestWaitSeesOldAndNewReports(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var j Journal[int]
	j.Append(1)
	go func() {
		for i := 2; i <= 50; i++ {
			j.Append(i)
		}
	}()
	v, mark, err := j.Wait(ctx, 0, func(v int) bool { return v == 1 })
	if err != nil || v != 1 || mark != 1 {
		t.Fatalf("got %d, mark %d, %v", v, mark, err)
	}
	if v, _, err = j.Wait(ctx, mark, func(v int) bool { return v > 40 }); err != nil || v != 41 {
		t.Fatalf("got %d, %v; want 41", v, err)
	}
}

func TestWaitFailsWhenNothingMoreComes(t *testing.T) {
	var j Journal[int]
	done := make(chan error, 1)
	go func() {
		_, _, err := j.Wait(context.Background(), 0, func(int) bool { return false })
		done <- err
	}()
	j.Append(1)
	j.End(nil)
	if err := <-done; !errors.Is(err, io.EOF) {
		t.Fatalf("got %v; want io.EOF", err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	var open Journal[int]
	late := errors.New("late")
	cancel(late)
	if _, _, err := open.Wait(ctx, 0, func(int) bool { return true }); !errors.Is(err, late) {
		t.Fatalf("got %v; want the context's cause", err)
	}
}
