package bank

// Cause returns one stable word for why Authorize or Reverse failed, for metrics;
// empty for nil.
func Cause(err error) string {
	if err == nil {
		return ""
	}
	return "other"
}
