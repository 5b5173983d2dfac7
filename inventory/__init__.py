"""What the group owns and uses: machines, rooms, installed software, contracts (SOP-B4.1.1).

An asset has one tag for its whole life, one place, one holder and a state that only transitions move. Everything that
happens to it, every change of every field among it, is an event in its own chain.
"""
