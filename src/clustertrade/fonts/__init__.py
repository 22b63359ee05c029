"""A subset of Noto Sans SC (SIL Open Font License, OFL.txt), so that figures need no font of the machine."""
