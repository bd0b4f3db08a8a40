"""The next price book: from AWS's public price files, without an account or keys.

    root index -> region index of an offer -> its file for a region -> prices -> guards -> a new book

`download` is the one module of the package that opens a connection, and `lambdaplan prices refresh` the one command.
"""
