package lkclient

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"
)

// ErrOtherClient is what a version of LiveKit's client gives that this package
// does not know.
var ErrOtherClient = errors.New("LiveKit's client is not as expected")

// Field finds a field of the client's by name and checks its type.
func Field[T any](of any, name string) (*T, error) {
	f, err := lookUp(of, name)
	if err != nil {
		return nil, err
	}
	if f.Type() != reflect.TypeFor[T]() {
		return nil, fmt.Errorf("%w: %s is a %v", ErrOtherClient, name, f.Type())
	}
	return (*T)(unsafe.Pointer(f.UnsafeAddr())), nil
}

// setInterface sets a field of an interface type that has no name outside its package.
func setInterface(of any, name string, value any) error {
	f, err := lookUp(of, name)
	if err != nil {
		return err
	}
	v := reflect.ValueOf(value)
	if f.Kind() != reflect.Interface || !v.Type().Implements(f.Type()) {
		return fmt.Errorf("%w: %s is a %v", ErrOtherClient, name, f.Type())
	}
	reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Set(v)
	return nil
}

func lookUp(of any, name string) (reflect.Value, error) {
	v := reflect.ValueOf(of)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}, fmt.Errorf("%w: %T has no %s", ErrOtherClient, of, name)
	}
	f := v.Elem().FieldByName(name)
	if !f.IsValid() {
		return reflect.Value{}, fmt.Errorf("%w: %T has no %s", ErrOtherClient, of, name)
	}
	return f, nil
}
