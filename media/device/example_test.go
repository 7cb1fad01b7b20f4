package device_test

import (
	"fmt"

	"foyer/media/device"
)

// A source is read frame by frame until it ends; every frame is released.
func ExampleOpenCamera() {
	camera, err := device.OpenCamera(device.Test, device.CameraFormat{Width: 640, Height: 360, FrameRate: 30})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer camera.Close()
	frame, err := camera.Read()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer frame.Release()
	fmt.Println(frame.Width, frame.Height)
	// Output: 640 360
}
