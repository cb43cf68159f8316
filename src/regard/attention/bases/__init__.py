"""What mechanisms derive from: each base leaves little for an entry of the catalog to say."""
