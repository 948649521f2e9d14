#!/bin/sh
# A fake wrangler on an account without resources: it logs each call and succeeds.
echo "$@" >> "$CALLS"
case "$1 $2" in
  "d1 list") echo "[]" ;;
  "queues info") echo "Queue $3 does not exist." && exit 1 ;;
esac
