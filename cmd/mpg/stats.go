package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"mpg/engine/report"
)

func statsCommand() *cobra.Command {
	var day string
	c := &cobra.Command{
		Use: "stats", Short: "sum up a day: from texts to receipts, reasons, times and shops", Args: misuse(cobra.NoArgs),
		Long: `Sums up a local day: how far orders got, why they ended, what became of the
texts, how long each step took, and which shops were paid most. An order counts on the
day on which it ended, and a text on the day on which it was sent or given up. Half of the
payments took no longer than P50, and 95 of 100 no longer than P95: these are exact to
within a factor of two, and MAX is exact.`,
		Example: "  mpg stats\n  mpg stats --day yesterday",
	}
	c.Flags().StringVar(&day, "day", "today", "a date (2026-11-25), today or yesterday")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		d, err := dial(cmd)
		if err != nil {
			return err
		}
		var sums report.Day
		if err := d.get("/stats?"+wanted("day", day).Encode(), &sums); err != nil {
			return err
		}
		return show(cmd, sums, func(out io.Writer) { dayRows(out, sums) })
	}
	return c
}

// dayRows prints the figures of a day.
func dayRows(out io.Writer, day report.Day) {
	row(out, "day", day.Day+" "+day.Zone)
	row(out, "orders", fmt.Sprint(day.Orders))
	row(out, "refused", fmt.Sprint(day.Refused))
	row(out, "")
	count := func(n int64) string { return fmt.Sprint(n) }
	table(out, "how far orders got", []column[report.Stage]{
		plain("PRODUCT", func(v report.Stage) string { return v.Product }), plain("ORDERED", func(v report.Stage) string { return count(v.Ordered) }),
		plain("CALLED", func(v report.Stage) string { return count(v.Called) }), plain("CONFIRMED", func(v report.Stage) string { return count(v.Confirmed) }),
		plain("PAID", func(v report.Stage) string { return count(v.Paid) }), plain("SUM", func(v report.Stage) string { return v.Sum }),
	}, day.Funnel, time.UTC)
	table(out, "why orders ended", []column[report.Reason]{
		plain("PRODUCT", func(v report.Reason) string { return orDash(v.Product) }), plain("CHANNEL", func(v report.Reason) string { return v.Channel }),
		plain("REASON", func(v report.Reason) string { return v.Reason }), plain("COUNT", func(v report.Reason) string { return count(v.Count) }),
		plain("SUM", func(v report.Reason) string { return orDash(v.Sum) }), plain("MEAN", func(v report.Reason) string { return lasted(v.Mean) }),
	}, day.Reasons, time.UTC)
	table(out, "texts about the payments ordered on the day", []column[report.Receipts]{
		plain("CLASS", func(v report.Receipts) string { return v.Class }), plain("FATE", func(v report.Receipts) string { return v.Fate }), plain("COUNT", func(v report.Receipts) string { return count(v.Count) }),
	}, day.Receipts, time.UTC)
	table(out, "all texts that were sent or given up on the day", []column[report.Texts]{
		plain("MEDIUM", func(v report.Texts) string { return v.Medium }), plain("SENT", func(v report.Texts) string { return count(v.Sent) }),
		plain("FAILED", func(v report.Texts) string { return count(v.Failed) }), plain("DROPPED", func(v report.Texts) string { return count(v.Dropped) }),
	}, day.Texts, time.UTC)
	table(out, "how long it took", []column[report.Latency]{
		plain("PRODUCT", func(v report.Latency) string { return v.Product }), plain("FROM", func(v report.Latency) string { return report.StateInWords(v.From) }), plain("TO", func(v report.Latency) string { return report.StateInWords(v.To) }),
		plain("COUNT", func(v report.Latency) string { return count(v.Count) }), plain("P50", func(v report.Latency) string { return lasted(v.P50) }),
		plain("P95", func(v report.Latency) string { return lasted(v.P95) }), plain("P99", func(v report.Latency) string { return lasted(v.P99) }),
		plain("MAX", func(v report.Latency) string { return lasted(v.Max) }),
	}, day.Times, time.UTC)
	table(out, "shops that were paid most", []column[report.ShopDay]{
		plain("CODE", func(v report.ShopDay) string { return v.Code }), plain("NAME", func(v report.ShopDay) string { return v.Name }), plain("COUNT", func(v report.ShopDay) string { return count(v.Count) }),
		plain("SUM", func(v report.ShopDay) string { return v.Sum + " " + v.Currency }), plain("REFUNDS", func(v report.ShopDay) string { return v.Refunds }),
	}, day.Shops, time.UTC)
	row(out, "as of "+local(day.AsOf, zoneOf(day.Zone))+" "+day.Zone)
}

// lasted formats a time in seconds as people read it.
func lasted(seconds float64) string {
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond).String()
}
