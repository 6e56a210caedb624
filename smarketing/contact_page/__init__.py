"""The contact page: reads what both teams know of one contact and words it; it changes nothing."""
