package codec

import (
	"fmt"
	"slices"
)

// golomb reads an unsigned Exp-Golomb code (ITU-T H.264, 9.1).
func (r *bits) golomb() int {
	zeros := 0
	for r.read(1) == 0 && r.err == nil {
		if zeros++; zeros > 31 {
			r.err = fmt.Errorf("Exp-Golomb code: %w", errBitstream)
			return 0
		}
	}
	return 1<<zeros - 1 + r.read(zeros)
}

// signed reads a signed one.
func (r *bits) signed() int {
	v := r.golomb()
	if v&1 == 1 {
		return (v + 1) / 2
	}
	return -v / 2
}

// H.264 profiles whose parameter sets say more (7.3.2.1.1).
var highProfiles = []int{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}

// inspectSPS reads a sequence parameter set (7.3.2.1.1) up to the size of pictures.
func (u *unitInfo) inspectSPS(b []byte) error {
	r := bits{b: withoutEscapes(b)}
	profile := r.read(8)
	r.read(16) // constraints, level
	r.golomb() // seq_parameter_set_id
	if slices.Contains(highProfiles, profile) {
		chroma := r.golomb()
		if chroma == 3 {
			r.read(1) // separate_colour_plane_flag
		}
		r.golomb() // bit depths
		r.golomb()
		r.read(1)           // qpprime_y_zero_transform_bypass_flag
		if r.read(1) == 1 { // seq_scaling_matrix_present_flag
			lists := 8
			if chroma == 3 {
				lists = 12
			}
			for i := range lists {
				if r.read(1) == 1 {
					r.scalingList(i)
				}
			}
		}
	}
	r.golomb() // log2_max_frame_num_minus4
	switch r.golomb() {
	case 0:
		r.golomb()
	case 1:
		r.read(1)
		r.signed()
		r.signed()
		for range min(r.golomb(), 255) {
			r.signed()
		}
	}
	references := r.golomb()
	r.read(1) // gaps_in_frame_num_value_allowed_flag
	w, h := r.golomb()+1, r.golomb()+1
	if r.read(1) == 0 { // frame_mbs_only_flag: the height counts fields
		h *= 2
	}
	if r.err != nil {
		return fmt.Errorf("sequence parameter set: %w", r.err)
	}
	if references > 16 {
		return fmt.Errorf("%d reference frames: %w", references, errBitstream)
	}
	return u.add(min(w, maxSide)*16, min(h, maxSide)*16, references)
}

// scalingList passes over one (7.3.2.1.1.1).
func (r *bits) scalingList(i int) {
	size := 16
	if i >= 6 {
		size = 64
	}
	last := 8
	for range size {
		next := (last + r.signed() + 256) & 0xff
		if next == 0 || r.err != nil {
			return
		}
		last = next
	}
}

// withoutEscapes is a NAL unit's payload as it was before emulation prevention (7.4.1).
func withoutEscapes(b []byte) []byte {
	const most = 1024 // no parameter set of ours comes near it
	out := make([]byte, 0, min(len(b), most))
	zeros := 0
	for _, c := range b[:min(len(b), most)] {
		if zeros >= 2 && c == 3 {
			zeros = 0
			continue
		}
		out = append(out, c)
		if zeros++; c != 0 {
			zeros = 0
		}
	}
	return out
}

// inspectSequence reads a sequence header (AV1, 5.5.1) up to the size of pictures.
func (u *unitInfo) inspectSequence(b []byte) error {
	r := bits{b: b}
	r.read(3 + 1) // profile, still_picture
	if r.read(1) == 1 {
		r.read(5) // a reduced header: its level alone
	} else {
		r.operatingPoints()
	}
	wide, high := r.read(4)+1, r.read(4)+1
	w, h := r.read(wide)+1, r.read(high)+1
	if r.err != nil {
		return fmt.Errorf("sequence header: %w", r.err)
	}
	return u.add(w, h, 8)
}

// operatingPoints passes over what stands between a sequence's profile and its size.
func (r *bits) operatingPoints() {
	delay := 0
	decoder := false
	if r.read(1) == 1 { // timing_info_present_flag
		r.read(64)          // units of time
		if r.read(1) == 1 { // equal_picture_interval
			zeros := 0 // uvlc
			for r.read(1) == 0 && r.err == nil && zeros < 32 {
				zeros++
			}
			if zeros < 32 {
				r.read(zeros)
			}
		}
		if decoder = r.read(1) == 1; decoder { // decoder_model_info_present_flag
			delay = r.read(5) + 1
			r.read(32 + 5 + 5)
		}
	}
	initial := r.read(1) == 1 // initial_display_delay_present_flag
	for range r.read(5) + 1 {
		r.read(12)         // operating_point_idc
		if r.read(5) > 7 { // seq_level_idx
			r.read(1) // tier
		}
		if decoder && r.read(1) == 1 {
			r.read(2*delay + 1)
		}
		if initial && r.read(1) == 1 {
			r.read(4)
		}
	}
}
