"""Numbers that do not agree with each other or with their check digits are flagged; nothing is ever rewritten.

``check_pages`` is the door. Silence is no proof: a check speaks only where the page says clearly what belongs together.
"""
