package viewer

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/livekit/protocol/livekit"

	"foyer/internal/bench/crowd"
	"foyer/internal/bench/picture"
	"foyer/internal/host"
	"foyer/media/video"
)

// What a crowd sends, a viewer sees: from two people, sharp, and it knows which
// picture it is.
func TestAViewerSeesACrowd(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	m, err := host.StartMeeting(ctx, host.MeetingOptions{Title: "Crowd", Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	pass := func(name string) (url, token string) {
		j, err := m.Links("guest")[0].Redeem(ctx, name, "client of "+name)
		if err != nil {
			t.Fatal(err)
		}
		return j.URL, j.Token
	}
	const w, h = 320, 180
	scene := picture.NewNatural(w, h)
	c, err := crowd.Start(crowd.Format{Width: w, Height: h, FrameRate: 15, BitRate: 600_000}, func(f *video.Frame, n int) {
		scene.Draw(f, n%picture.Loop)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Ann", "Bob"} {
		if err := c.Join(pass(name)); err != nil {
			t.Fatal(err)
		}
	}

	var (
		mu    sync.Mutex
		pool  video.Pool
		want  = pool.Get(w, h)
		like  float64
		marks = map[int]int{}
		own   = picture.NewNatural(w, h)
	)
	enough := make(chan struct{})
	url, token := pass("Eve")
	v, err := Join(url, token, livekit.VideoQuality_HIGH, func(f *video.Frame) {
		mu.Lock()
		defer mu.Unlock()
		n, ok := picture.ReadMark(f)
		if !ok {
			return
		}
		own.Draw(want, n)
		if s, err := picture.SSIM(want, f, 8); err == nil {
			like = max(like, s)
		}
		if marks[n]++; len(marks) == 15 {
			close(enough)
			marks[-1]++ // no second time
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-enough:
	case <-ctx.Done():
		t.Error("too few pictures come")
	}
	if err := v.Close(); err != nil {
		t.Error(err)
	}
	if c.Len() != 2 || c.Frames() == 0 {
		t.Errorf("the crowd is %d people and sent %d pictures", c.Len(), c.Frames())
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	twice := 0
	for _, n := range marks {
		if n > 1 {
			twice++
		}
	}
	if like < 0.85 || twice == 0 || v.Bytes() == 0 || v.Frames() < 15 {
		t.Errorf("pictures are like their source to %g at best, %d came from both people, %d frames, %d bytes", like, twice, v.Frames(), v.Bytes())
	}
}
