"""
What the pages of `vote`, `result` and `admin` share: their frame, and the languages they speak.

`language` chooses a language for each request and writes numbers and times in it, `catalog` reads
the translations. `templates/shell.html` is the frame of every page.
"""
