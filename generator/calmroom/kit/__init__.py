"""What a facilitator takes into the room, computed from one record and never made up.

`filling` puts a record's facts into a script's slots; `kit` is the meeting kit; `calendar` its dates as iCalendar.
"""
