package call

import "fmt"

// startCamera opens the camera and publishes it, or unmutes what is published.
// Verbs queue only, as everything that touches devices.
func (k *Call) startCamera() {
	if k.localState().CameraOn {
		return
	}
	err := k.openCamera(k.localState().Camera)
	k.update(func() {
		k.local.CameraOn, k.local.CameraError = err == nil, err
		k.local.tries.camera++
		if err == nil {
			k.local.begun(Camera)
		}
	})
}

func (k *Call) openCamera(id string) error {
	if !k.mayPublish() {
		return ErrForbidden
	}
	r, err := k.c.OpenCamera(id, cameraFormat)
	if err != nil {
		return fmt.Errorf("open camera: %w", err)
	}
	first, err := r.Read()
	if err != nil {
		r.Close()
		return fmt.Errorf("open camera: %w", err)
	}
	if k.camera == nil {
		if k.camera, err = newPublisher(k, Camera, first.Width, first.Height); err != nil {
			first.Release()
			r.Close()
			return err
		}
	} else {
		k.camera.pub.mute(false)
	}
	k.setSending(Camera, k.camera)
	k.camera.start(r, first, func(err error) {
		k.verbs.do(func() {
			if k.camera != nil && k.camera.reader == r {
				k.stopCamera(false)
				k.update(func() { k.local.CameraError = err })
			}
		})
	})
	return nil
}

// stopCamera closes the camera; entirely also takes the publication back.
func (k *Call) stopCamera(entirely bool) {
	if k.camera != nil {
		k.camera.stop()
		if entirely {
			k.camera.unpublish()
			k.camera = nil
			k.setSending(Camera, nil)
		} else {
			k.camera.pub.mute(true)
		}
		k.clearView(k.room.LocalParticipant.Identity(), Camera)
	}
	k.update(func() { k.local.CameraOn, k.local.CameraError = false, nil })
}
